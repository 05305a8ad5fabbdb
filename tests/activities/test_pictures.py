"""Pictures: only pixels survive, in two sizes; bombs, impostors and metadata do not."""

import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select

from engage.activities import pictures, publishing
from engage.activities.models import Picture
from engage.activities.pictures import NotAPicture, PictureTooLarge, PictureTooSmall
from engage.base.config import ROOT
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town


def image(width: int = 800, height: int = 600, mode: str = "RGB", colour: object = "red") -> Image.Image:
    return Image.new(mode, (width, height), colour)  # type: ignore[arg-type]


def file(made: Image.Image, kind: str = "JPEG", **how: object) -> bytes:
    out = io.BytesIO()
    made.save(out, kind, **how)  # type: ignore[arg-type]
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photograph_is_written_anew_in_two_sizes() -> None:
    made = pictures.prepare(file(image(4000, 3000)))
    large, small = opened(made.large), opened(made.small)
    assert (large.format, large.size, small.size) == ("WEBP", (1600, 1200), (640, 480))
    assert (made.width, made.height) == (1600, 1200)


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(pictures.prepare(file(image(300, 250), "PNG")).large).size == (300, 250)


def test_where_and_with_what_it_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Kamera"
    exif[0x8825] = {1: "N", 2: (54.0, 54.0, 0.0)}
    sent = file(image(), exif=exif, comment=b"hemmeligt", icc_profile=b"x" * 200)
    assert b"Kamera" in sent and b"hemmeligt" in sent
    made = pictures.prepare(sent)
    for content in (made.large, made.small):
        assert b"Kamera" not in content and b"hemmeligt" not in content
        assert dict(opened(content).getexif()) == {} and "icc_profile" not in opened(content).info


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    made = pictures.prepare(file(image(800, 400), exif=exif))
    assert (made.width, made.height) == (400, 800)


def test_what_is_transparent_becomes_white() -> None:
    made = pictures.prepare(file(image(mode="RGBA", colour=(0, 0, 0, 0)), "PNG"))
    assert opened(made.large).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_other_kinds_become_the_same(kind: str) -> None:
    assert opened(pictures.prepare(file(image(), kind)).large).format == "WEBP"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"GIF89a",
        b"\xff\xd8\xff" + b"\0" * 500, file(image())[:400], file(image(), "TIFF"), file(image(), "BMP"),
    ],
)  # fmt: skip
def test_what_is_no_picture_or_a_broken_one_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        pictures.prepare(content)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes whose header claims so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_before_a_pixel_is_unpacked() -> None:
    for content in (bomb(60_000, 60_000), bomb(6000, 6000), b"\0" * (pictures.MOST_BYTES + 1)):
        with pytest.raises(PictureTooLarge) as refused:
            pictures.prepare(content)
        assert "12" in str(refused.value)


# One process loads all that is needed, and another one that it splits off reads each picture.
_HUNGRY = """
import io, os, resource
from pathlib import Path
from PIL import Image
from engage.activities import pictures, pixels
pictures.prepare(pixels._webp(Image.new("RGB", (300, 300))))  # loads what every picture needs
for kind, mode, size, how in {sent}:
    if os.fork():
        os.wait()
        continue
    sent = io.BytesIO()
    Image.new(mode, size).save(sent, kind, **how)
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + 260 * 1024 * 1024,) * 2)
    made = pictures.prepare(sent.getvalue())
    print(kind, made.width, made.height, flush=True)
    os._exit(0)
"""
_LARGEST = [
    ("PNG", "RGBA", (5000, 5000), {"compress_level": 1}), ("GIF", "P", (5000, 5000), {}), ("WEBP", "RGBA", (3500, 3500), {"method": 0}),
    ("JPEG", "RGB", (5000, 5000), {"progressive": True}),
]  # fmt: skip


def test_the_largest_picture_takes_no_more_memory_than_a_small_server_has() -> None:
    """A file of 100 KB may hold all these pixels, and four people may send one at once."""
    script = _HUNGRY.format(sent=_LARGEST)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.splitlines() == [f"{kind} 1600 1600" for kind, *_how in _LARGEST], done.stderr[-500:]


@pytest.mark.parametrize("size", [(4001, 3001), (3200, 2401), (1601, 203), (5000, 1000)])
def test_nothing_is_lost_at_the_edges_of_a_picture_made_smaller(size: tuple[int, int]) -> None:
    sent = image(*size)
    sent.paste("blue", (0, size[1] // 2, *size))
    made = opened(pictures.prepare(file(sent, "PNG")).large)
    assert max(made.size) == 1600 and abs(made.width / made.height - size[0] / size[1]) < 0.05
    red, blue = (made.getpixel((made.width - 1, y)) for y in (0, made.height - 1))
    assert red[0] > 200 > 60 > red[2] and blue[2] > 200 > 60 > blue[0]  # type: ignore[index]


@pytest.mark.parametrize("number", range(1, 9))
def test_however_it_was_held_it_stands_upright(number: int) -> None:
    """A red corner goes where ImageOps, which reads EXIF as the cameras mean it, puts it."""
    exif = Image.Exif()
    exif[0x0112] = number
    sent = image(3400, 400)
    sent.paste("blue", (0, 0, 1700, 200))
    content = file(sent, "PNG", exif=exif)
    wanted = ImageOps.exif_transpose(opened(content))
    made = opened(pictures.prepare(content).large)
    for x, y in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)):
        there, here = (each.getpixel((int(x * each.width), int(y * each.height))) for each in (wanted, made))
        assert abs(there[2] - here[2]) < 60, (number, x, y)  # type: ignore[index]


def test_a_picture_too_small_to_see_is_refused() -> None:
    with pytest.raises(PictureTooSmall):
        pictures.prepare(file(image(100, 900)))


def test_a_picture_goes_when_nothing_shows_it_any_more(town: Town) -> None:
    activity = town.activity()
    pictures.put(activity, pictures.prepare(file(image())), NOW)
    twin = publishing.copy(activity, None, NOW)
    first = activity.picture_id
    pictures.put(activity, pictures.prepare(file(image(colour="blue"))), NOW)
    assert set(db.session.scalars(select(Picture.id))) == {first, activity.picture_id}, "the copy still shows it"
    pictures.remove(twin)
    pictures.remove(activity)
    assert db.session.scalars(select(Picture.id)).all() == []


def test_a_file_is_found_by_its_content_alone(town: Town) -> None:
    activity = town.activity()
    made = pictures.prepare(file(image(2000, 1000)))
    pictures.put(activity, made, NOW)
    shown = activity.picture
    assert shown is not None
    assert pictures.content(shown.public_id, shown.large_hash) == made.large
    assert pictures.content(shown.public_id, shown.small_hash) == made.small
    assert pictures.content(shown.public_id, "0" * 16) is None and pictures.content("x", shown.large_hash) is None
