"""Any file, by the reader for its kind. Loads every reader, so only the process that reads imports it."""

from collections.abc import Callable

from engage.activities.importing.events import Format, Options, Reading
from engage.activities.importing.reading import calendars, documents, kinds, tables, workbooks

_READERS: dict[Format, Callable[[bytes, Options], Reading]] = {
    Format.ICS: calendars.read,
    Format.CSV: tables.read,
    Format.XLSX: workbooks.read,
    Format.JSON: documents.read,
}


def read(content: bytes, options: Options) -> Reading:
    """The events of a file. Raises `CannotRead` when the file as a whole is refused."""
    return _READERS[kinds.sniff(content)](content, options)
