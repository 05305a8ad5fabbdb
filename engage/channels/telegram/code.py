"""An address as a picture that a phone's camera reads."""

import struct
import zlib

import segno

# A module of the code is one byte of eight pixels, so that rows are written without counting bits; the border is the quiet zone a
# reader needs (ISO/IEC 18004).
_PIXELS, _BORDER = 8, 4
_DARK, _LIGHT = b"\x00", b"\xff"
_GREY, _ONE_BIT = 0, 1
# Which of the eight masks. A reader takes any; to weigh all eight for the evenest takes ten times as long as all the rest, and
# an address looks as even under each.
MASK = 2


def picture(address: str) -> bytes:
    """The code as a PNG of one bit a pixel. Written here: a general writer takes ten times as long, pixel by pixel."""
    modules = segno.make(address, error="m", micro=False, mask=MASK).matrix
    side = len(modules) + 2 * _BORDER
    margin = _LIGHT * _BORDER
    blank = (b"\x00" + _LIGHT * side) * (_BORDER * _PIXELS)
    rows = (
        (b"\x00" + margin + b"".join(_DARK if dark else _LIGHT for dark in row) + margin) * _PIXELS for row in modules
    )
    head = struct.pack(">IIBBBBB", side * _PIXELS, side * _PIXELS, _ONE_BIT, _GREY, 0, 0, 0)
    data = zlib.compress(b"".join([blank, *rows, blank]))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG with its length and its checksum (RFC 2083, 3.2)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
