"""Sets of small numbers as one integer, whose bits they are: what two sets share is an AND, how many that is a count of bits."""

from collections.abc import Iterable, Iterator


def of(numbers: Iterable[int], size: int) -> int:
    """The set of `numbers`, all of them below `size`. Put together in bytes: setting one bit of a long integer copies it."""
    found = bytearray(size // 8 + 1)
    for number in numbers:
        found[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(found, "little")


def each(numbers: int) -> Iterator[int]:
    """The numbers of a set, the smallest first."""
    digits = f"{numbers:b}"[::-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


def flags(numbers: int, size: int) -> str:
    """A "1" at the place of each number of a set, for many questions: shifting a long integer copies it for each."""
    return f"{numbers:0{size}b}"[::-1]
