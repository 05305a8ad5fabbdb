"""What is said about a database the city brings itself."""

import pytest

from engage.service import ServiceError
from engage.service.database import accepted, check_version


def test_an_old_server_is_refused_kindly() -> None:
    with pytest.raises(ServiceError, match=r"version 14\.11; Engage needs 15 or newer"):
        check_version(140011)


@pytest.mark.parametrize("number", [150000, 180004])
def test_a_server_of_15_or_newer_will_do(number: int) -> None:
    check_version(number)


@pytest.mark.parametrize("address", ["sqlite:///engage.db", "mysql://city@host/engage"])
def test_another_kind_of_database_is_refused(address: str) -> None:
    with pytest.raises(ServiceError, match="PostgreSQL only"):
        accepted(address)


def test_what_is_no_address_is_refused_with_an_example() -> None:
    with pytest.raises(ServiceError, match="It looks like postgresql://"):
        accepted("our database server")
