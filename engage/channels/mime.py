"""Mails as bytes (RFC 5322, RFC 2045 to 2047), put together by hand.

The standard library reads each header it is given with a grammar, and again to fold it: 2 ms a letter, three quarters of what
a letter cost. Here every byte has seven bits, so that any server takes it as it is, and lines end with LF.
"""

import binascii
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import encode_rfc2231, formataddr, quote
from functools import cache

# A line with more characters is folded or written as quoted-printable (RFC 5322, 2.1.1).
_WIDTH = 76
_PLAIN = re.compile(rb"(?:[\t\x20-\x7e]{0,%d}\n)*" % _WIDTH)
_LINE_END = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it goes over the wire or into a file, and what its envelope says."""

    sender: str
    recipient: str
    message_id: str
    content: bytes

    def __bytes__(self) -> bytes:
        return self.content


def header(name: str, value: str) -> str:
    """One line, in one piece. Refuses, with a ValueError, what would make a second one."""
    if _CONTROL.search(value) or not value.isascii():
        raise ValueError(f"not for a header: {name}")
    return f"{name}: {value}\n"


def words(name: str, value: str) -> str:
    """A header that holds any words, folded; those that are not ASCII are encoded (RFC 2047)."""
    if _CONTROL.search(value):
        raise ValueError(f"not for a header: {name}")
    if value.isascii() and "=?" not in value and len(name) + 2 + len(value) <= _WIDTH:
        return f"{name}: {value}\n"
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    encodable = value.encode("utf-8", "replace").decode()
    return f"{name}: {Header(encodable, charset, header_name=name).encode(maxlinelen=_WIDTH)}\n"


@cache
def mailbox(name: str, address: str) -> str:
    """Whom a mail is from: a name and an address, for a header."""
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, 'utf-8', header_name='From').encode(maxlinelen=_WIDTH)} <{address}>"


def text(kind: str, content: str) -> bytes:
    """A part that people read: as it is where every server takes it so, else quoted-printable."""
    data = _LINE_END.sub("\n", content).encode("utf-8", "replace")
    data += b"" if data.endswith(b"\n") else b"\n"
    plain = _PLAIN.fullmatch(data) is not None
    way, body = ("7bit", data) if plain else ("quoted-printable", binascii.b2a_qp(data))
    return b'Content-Type: text/%s; charset="utf-8"\nContent-Transfer-Encoding: %s\n\n%s' % (
        kind.encode(),
        way.encode(),
        body,
    )


def file(kind: str, parameters: Mapping[str, str], content: bytes, filename: str = "") -> bytes:
    """A part that programs read, byte for byte; with a name it is one to open or to keep."""
    heads = header("Content-Type", "; ".join([kind, *(_parameter(*each) for each in parameters.items())]))
    heads += "Content-Transfer-Encoding: base64\n"
    if filename:
        heads += header("Content-Disposition", f"attachment; {_parameter('filename', filename)}")
    return heads.encode() + b"\n" + _in_lines(content)


def several(kind: str, parts: Sequence[bytes]) -> bytes:
    """Parts in one: `mixed` stand after each other, of `alternative` ones the last that is understood is shown."""
    # Nobody can write it into a text beforehand, and in what is encoded the two signs never stand together (RFC 2045, 6.7).
    boundary = f"=_{secrets.token_hex(12)}".encode()
    body = b"".join(b"--%s\n%s\n" % (boundary, part) for part in parts)
    return b'Content-Type: multipart/%s; boundary="%s"\n\n%s--%s--\n' % (kind.encode(), boundary, body, boundary)


def _parameter(name: str, value: str) -> str:
    return f'{name}="{quote(value)}"' if value.isascii() else f"{name}*={encode_rfc2231(value, 'utf-8')}"


def _in_lines(content: bytes) -> bytes:
    """Base64, 57 bytes to a line of 76."""
    return b"".join(binascii.b2a_base64(content[first : first + 57]) for first in range(0, len(content), 57))
