"""Statements that are put together and asked of nobody: what that takes is then there before a fork, once for all children."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def answerless(engine: Engine) -> Iterator[None]:
    """Meanwhile every statement of the toolkit finds no row and changes none, however large the tables are. What goes by the
    driver alone (`base.db.ask`) is not held back.
    """
    event.listen(engine, "do_execute", _find_nothing)
    try:
        yield
    finally:
        event.remove(engine, "do_execute", _find_nothing)


def _find_nothing(cursor: Any, _statement: str, _parameters: Any, context: Any) -> bool:
    columns = context.compiled._result_columns if context.compiled else ()
    cursor.execute(f"SELECT {', '.join('NULL' for _column in columns)} WHERE false")
    return True
