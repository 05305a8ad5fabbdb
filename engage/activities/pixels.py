"""A picture that was sent is decoded, turned, shrunk and written anew, so that only pixels are left.

No metadata survives (cameras write where a picture was taken), and no byte of the file that came is ever served. Apart from
`pictures`, which everybody loads, for the library's sake.
"""

import io
import threading
from typing import NoReturn

from PIL import Image
from PIL.ExifTags import Base as ExifTag

from engage.activities.pictures import MOST_BYTES, MOST_PIXELS, NotAPicture, PictureTooSmall, Prepared, too_large
from engage.base.errors import Refusal

# A plain JPEG is decoded at a fraction of its size, line by line, so only its header counts (the largest telephone sensor
# has 200 million pixels); anything else is held whole in memory. WebP's decoder holds it four times over.
_MOST_PIXELS_JPEG, _MOST_PIXELS, _MOST_PIXELS_WEBP = 210_000_000, MOST_PIXELS, 12_500_000
# What is held whole is made smaller in strips of so many lines: turned, flattened and copied as a whole it took six times
# its size, and a PNG of 100 KB can hold all these pixels.
_STRIP = 256
_SMALLEST = 200
_LARGE, _SMALL = 1600, 640
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# 80 is where WebP's artefacts stop being seen on photographs; method 4 is its default of speed against size.
_QUALITY, _METHOD = 80, 4

# And no two of them are held at once in one process.
_held = threading.Lock()
# What EXIF's orientation asks to be done with the pixels (EXIF 2.32, 4.6.4 A).
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip

# We set the limits ourselves, by the format and before a pixel is decoded; Pillow's one limit would refuse a telephone's JPEG.
Image.MAX_IMAGE_PIXELS = None


def redrawn(content: bytes) -> Prepared:
    """`content` decoded and written anew. Refuses as `pictures.prepare` says."""
    if len(content) > MOST_BYTES:
        _too_large()
    try:
        with _held, Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            picture = _pixels(opened)
    except Refusal:
        raise
    # Decoders of foreign bytes fail in many ways (OSError, SyntaxError, struct.error, ...); for us they all mean the same.
    except Exception as error:
        raise NotAPicture from error
    large = _within(picture, _LARGE)
    return Prepared(_webp(large), _webp(_within(large, _SMALL)), large.width, large.height)


def _pixels(opened: Image.Image) -> Image.Image:
    """The first frame as upright RGB, on white where it is transparent, and not much larger than needed."""
    width, height = opened.size
    by_lines = opened.format in {"JPEG", "MPO"} and not opened.info.get("progressive")
    most = _MOST_PIXELS_WEBP if opened.format == "WEBP" else _MOST_PIXELS
    if width * height > (_MOST_PIXELS_JPEG if by_lines else most):
        _too_large(most)
    if min(width, height) < _SMALLEST:
        raise PictureTooSmall(pixels=_SMALLEST)
    opened.draft("RGB", (_LARGE, _LARGE))
    if opened.width * opened.height > _MOST_PIXELS:
        _too_large(most)
    turn = _TURNED.get(opened.getexif().get(ExifTag.Orientation, 1))
    smaller = _flat_and_smaller(opened)
    return smaller.transpose(turn) if turn is not None else smaller


def _flat_and_smaller(opened: Image.Image) -> Image.Image:
    """RGB on white, made smaller by a whole number, so that it is still at least as large as the larger of our sizes."""
    factor = max(1, max(opened.size) // _LARGE)
    made = Image.new("RGB", (-(-opened.width // factor), -(-opened.height // factor)))
    lines = _STRIP * factor
    for top in range(0, opened.height, lines):
        strip = opened.crop((0, top, opened.width, min(top + lines, opened.height)))
        if strip.has_transparency_data:
            strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip.convert("RGBA"))
        made.paste(strip.convert("RGB").reduce(factor), (0, top // factor))
    return made


def _within(picture: Image.Image, longest: int) -> Image.Image:
    if max(picture.size) <= longest:
        return picture
    smaller = picture.copy()
    smaller.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return smaller


def _webp(picture: Image.Image) -> bytes:
    """Only pixels are handed on: what the file said about itself stays behind."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=_QUALITY, method=_METHOD)
    return out.getvalue()


def _too_large(most: int = _MOST_PIXELS) -> NoReturn:
    raise too_large(most)
