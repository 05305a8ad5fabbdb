"""Who organises: the organisations that hold activities, and the accounts of the people behind them."""

from engage.accounts.organisations import Organisation, OrganisationKind

__all__ = ["Organisation", "OrganisationKind"]
