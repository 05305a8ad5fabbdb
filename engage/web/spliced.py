"""A page that is compressed once, and into which each visitor's own token goes without compressing it again.

A gzip file (RFC 1952) is a stream of blocks (RFC 1951) and a checksum. The parts of the page around the tokens are
compressed so that no part looks back into another; a token goes between them as a block that is not compressed. So
neither is a secret compressed together with anything a stranger could have written.
"""

import struct
import zlib
from typing import NamedTuple

_LEVEL = 6
_HEADER = b"\x1f\x8b\x08" + bytes(4) + b"\x00\x00\xff"  # deflate, no name, no time, unknown system
_LAST = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS).flush()  # an empty last block
_POLYNOMIAL = 0xEDB88320  # of the checksum (RFC 1952, 8.1.1), lowest bit first, as all of its numbers are
_ONE = 1 << 31
_LONGEST = 1 << 32  # bytes: the file's own word for its length has no more bits


class _Part(NamedTuple):
    compressed: bytes
    length: int
    checksum: int
    behind: int  # what the checksum of all before it is multiplied by


class Spliced(NamedTuple):
    """A page in parts, between which the tokens go."""

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, page: str, place: str) -> "Spliced":
        """`page`, in which a token goes wherever it says `place`."""
        return cls(tuple(_part(part.encode()) for part in page.split(place)))

    @property
    def has_places(self) -> bool:
        """Whether a token goes into it at all."""
        return len(self.parts) > 1

    def plain(self, token: str) -> bytes:
        """The page with `token` in its places."""
        return token.encode().join(_plain(part) for part in self.parts)

    def compressed(self, token: str) -> bytes:
        """The same as a gzip file."""
        secret = token.encode()
        block = struct.pack("<BHH", 0, len(secret), len(secret) ^ 0xFFFF) + secret
        first, *others = self.parts
        checksum, length = first.checksum, first.length
        for part in others:
            checksum = _times(zlib.crc32(secret, checksum), part.behind) ^ part.checksum
            length += len(secret) + part.length
        body = block.join(part.compressed for part in self.parts)
        return b"".join((_HEADER, body, _LAST, struct.pack("<II", checksum, length)))


def _part(text: bytes) -> _Part:
    compressor = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    compressed = compressor.compress(text) + compressor.flush(
        zlib.Z_SYNC_FLUSH
    )  # up to a whole byte, and no last block
    return _Part(compressed, len(text), zlib.crc32(text), _behind(len(text)))


def _plain(part: _Part) -> bytes:
    return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(part.compressed)


def _behind(length: int) -> int:
    """x to the number of bits in `length` bytes: what comes before them stands for so many times more."""
    product = _ONE
    for number in range(length.bit_length()):
        if length >> number & 1:
            product = _times(product, _POWERS[number])
    return product


def _times(one: int, other: int) -> int:
    """The product of two remainders of the checksum's polynomial."""
    product = 0
    while one:
        if one & _ONE:
            product ^= other
        one = one << 1 & 0xFFFFFFFF
        other = other >> 1 ^ (_POLYNOMIAL if other & 1 else 0)
    return product


def _powers() -> tuple[int, ...]:
    """x to the number of bits in one byte, in two, in four, and so on."""
    found = [_ONE >> 8]
    while len(found) < _LONGEST.bit_length():
        found.append(_times(found[-1], found[-1]))
    return tuple(found)


_POWERS = _powers()
