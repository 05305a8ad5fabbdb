"""For which organisation something was asked of who proposed, so that the answer stays with it.

What was written before belongs to who looks after the proposal now; where nobody does, to staff.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_KEY = "fk_proposal_note_organisation_id_organisation"


def upgrade() -> None:
    op.add_column("proposal_note", sa.Column("organisation_id", sa.Integer()))
    op.create_foreign_key(_KEY, "proposal_note", "organisation", ["organisation_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_proposal_note_organisation_id", "proposal_note", ["organisation_id"])
    op.execute(
        "UPDATE proposal_note SET organisation_id = proposal.organisation_id FROM proposal "
        "WHERE proposal.id = proposal_note.proposal_id"
    )


def downgrade() -> None:
    op.drop_column("proposal_note", "organisation_id")
