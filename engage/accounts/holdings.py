"""What is kept of organisers and staff, who have accounts, and of their organisations. Citizens have none."""

from engage.base.declared import Holding, Purpose

HOLDINGS = (
    Holding(
        "account",
        plain="id demo",
        personal={
            Purpose.ACCOUNT: "public_id email name language active password fs_uniquifier fs_webauthn_user_handle "
            "tf_primary_method tf_totp_secret tf_phone_number tf_last_counter mf_recovery_codes city_subject created_at "
            "last_sign_in_at closed_at",
        },
        unshown="password fs_uniquifier fs_webauthn_user_handle tf_totp_secret tf_last_counter mf_recovery_codes",
    ),
    Holding("account_role", personal={Purpose.ACCOUNT: "user_id name"}),
    Holding(
        "account_session",
        plain="id",
        personal={Purpose.ACCOUNT: "hash user_id browser system factors created_at last_seen_at"},
        unshown="hash",
    ),
    Holding("membership", plain="organisation_id", personal={Purpose.ACCOUNT: "user_id rights"}),
    Holding(
        "passkey",
        plain="id",
        personal={
            Purpose.ACCOUNT: "user_id name credential_id public_key sign_count transports backup_state device_type extensions "
            "usage create_datetime lastuse_datetime",
        },
        unshown="credential_id public_key sign_count extensions",
    ),
    Holding(
        "invitation",
        plain="id public_id organisation_id",
        personal={
            Purpose.ACCOUNT: "email language role rights invited_by_id created_at expires_at accepted_at withdrawn_at",
        },
    ),
    Holding(
        "email_change",
        plain="id public_id",
        personal={Purpose.ACCOUNT: "user_id old_email new_email asked_at confirmed_at stopped_at"},
    ),
    Holding(
        "account_chat",
        plain="id public_id",
        personal={
            Purpose.ACCOUNT: "user_id code_hash channel identifier made_at expires_at claimed_at confirmed_at",
        },
        unshown="code_hash",
    ),
    Holding("audit", plain="id", personal={Purpose.LOG: "at by_id by_name action about facts"}),
    Holding(
        "organisation",
        plain="id public_id key kind sector url presentation trusted created_at",
        # An association may be one person, and its address theirs.
        personal={Purpose.ORGANISATION: "name email phone"},
    ),
    Holding(
        "declaration",
        plain="id organisation_id year",
        personal={Purpose.ORGANISATION: "declared_by declared_on recorded_by_id recorded_at"},
    ),
)
