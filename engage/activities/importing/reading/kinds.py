"""What kind of file it is, told from its first bytes, whatever it is called."""

from engage.activities.importing.events import CannotRead, Format


def sniff(content: bytes) -> Format:
    """What a file is. Raises `CannotRead` when it is nothing of ours."""
    if content.startswith(b"PK\x03\x04"):
        return Format.XLSX
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise CannotRead("old_workbook")
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")):
        raise CannotRead("unknown_format")
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").upper()
    if start.startswith(b"BEGIN:V"):
        return Format.ICS
    if start.startswith((b"[", b"{")):
        return Format.JSON
    if start.startswith(b"<"):
        raise CannotRead("web_page")
    if not start:
        raise CannotRead("empty")
    return Format.CSV
