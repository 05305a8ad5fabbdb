"""What is held: every column of every table is declared, once, as personal or not; nothing of a citizen is forgotten in telling."""

from collections import Counter

from flask import Flask

from engage import privacy
from engage.base.db import Base
from engage.base.declared import OF_CITIZENS, Purpose


def test_every_column_of_every_table_is_declared_once(app: Flask) -> None:
    declared = Counter(f"{each.table}.{name}" for each in privacy.holdings() for name in each.columns)
    there = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns}
    assert there - set(declared) == set(), "say whether it is personal in the component's holdings"
    assert set(declared) - there == set(), "a declaration of what is not there"
    assert [name for name, count in declared.items() if count > 1] == []
    assert [name for name, count in Counter(each.table for each in privacy.holdings()).items() if count > 1] == []


def test_what_is_shown_or_hidden_or_worded_is_there(app: Flask) -> None:
    for each in privacy.holdings():
        columns = set(each.columns)
        assert set(each.labels) <= columns, each.table
        assert set(each.words) <= set(each.labels), each.table
        assert set(each.unshown.split()) <= set(each.purposes), each.table
        assert not set(each.unshown.split()) & set(each.labels), each.table


# Rows that name nobody by anything that could be looked up for a person: hashes and numbers, for a day at most.
OF_NOBODY_KNOWN = {"token_bucket", "pace", "seat_hold", "sms_stopped"}


def test_what_is_a_citizens_is_told_to_them(app: Flask) -> None:
    for each in privacy.holdings():
        if set(each.personal) & OF_CITIZENS and each.table not in OF_NOBODY_KNOWN:
            assert each.theirs is not None, each.table
            assert each.title is not None, each.table
            assert each.labels, each.table


def test_every_purpose_is_somebodys(app: Flask) -> None:
    used = {purpose for each in privacy.holdings() for purpose in each.personal}
    assert used == set(Purpose)


def test_nothing_of_a_person_stands_in_a_table_without_a_purpose(app: Flask) -> None:
    """A table that names a person by a foreign key has something to say of them."""
    for table in Base.metadata.tables.values():
        names = [key.parent.name for key in table.foreign_keys if key.column.table.name == "person"]
        (holding,) = [each for each in privacy.holdings() if each.table == table.name]
        assert set(names) <= set(holding.purposes), table.name
