"""The files a browser keeps: built once from the design system's package and our own css, js and icons, under names
that change with their content. What is served, and with which headers, is decided by the door that serves it.

    python -m engage.web.assets
"""

import argparse
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from engage.base.config import ROOT

STATIC = Path(__file__).with_name("static")
DIST = STATIC / "dist"
# The design system of the Danish public sector, as `npm ci` unpacks it.
PACKAGE = ROOT / "node_modules" / "dkfds"
ADDRESS = "/static/"

# One sheet, in this order: later ones build on earlier ones.
_SHEETS = ("theme", "base", "components", "forms", "pages", "mine", "chat", "print")
# Sheets and scripts of rooms that citizens never enter: pages in them ask for these besides.
_ROOM_SHEETS = ("organiser", "check-in", "statistics")
_SCRIPTS = {name: name for name in ("engage.js", "chat.js", "form.js", "login.js", "organiser.js")}
# The check-in page, which works without a connection: its parts, and the worker that keeps it.
# Each stands behind those it imports, as a name changes with what a file says.
CHECK_IN = (
    "keeping.js", "scanning.js", "door-page.js", "door-answers.js", "door-rows.js", "door-list.js", "door-state.js",
    "door-wire.js", "door-guests.js", "door-kept.js", "check-in.js",
)  # fmt: skip
_BESIDE_THE_DOOR = ("tidying.js",)
# The package's icons that our pages use (Material Symbols, Apache-2.0), put together in one file.
_ICONS = (
    "accessibility-new", "arrow-back", "arrow-forward", "calendar-month", "chat", "check", "chevron-down",
    "chevron-left", "chevron-right", "close", "download", "email", "error", "groups", "info", "language", "location",
    "map", "payments", "person", "search", "send", "smartphone", "success", "support-agent", "time", "tune", "warning",
)  # fmt: skip
# The same two weights for paper.
PAPER_FONTS = ("Regular", "SemiBold")
# Two weights of IBM Plex Sans; everything bolder is set in the second one.
_WEIGHTS = {400: "Regular", 600: "SemiBold"}
# The characters in each of the package's subset files, as read from their character maps. A browser fetches the
# second one only for a page that has such a letter, say in a Polish or Turkish name.
_SUBSETS = {
    "Latin1": "U+0000,U+000D,U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+2013-2014,U+2018-201A,"
    "U+201C-201E,U+2020-2022,U+2026,U+2030,U+2039-203A,U+2044,U+20AC,U+2122,U+2212,U+FB01-FB02",
    "Latin2": "U+0100-0101,U+0104-0130,U+0132-0151,U+0154-017F,U+018F,U+0192,U+01A0-01A1,U+01AF-01B0,U+01FA-01FF,"
    "U+0218-021B,U+0237,U+0259,U+1E80-1E85,U+1E9E,U+20A1,U+20A4,U+20A6,U+20A8-20AA,U+20AD-20AE,U+20B1-20B2,"
    "U+20B4-20B5,U+20B8-20BA,U+20BD,U+20BF",
}
_TEXTS = {".css", ".js", ".json", ".md", ".svg", ".txt"}

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_ADDRESS = re.compile(r"url\((['\"]?)([^)'\"]+)\1\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class MissingAssetsError(RuntimeError):
    """The files were never built, or a template names one that does not exist."""


@dataclass
class _Build:
    """Files as they are to stand in `out`: hashed name to content, and the logical name of each."""

    package: Path
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> str:
        """Keep `content` under its hashed name and return that."""
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}{dot}{ending}"
        self.files[hashed] = content
        self.names[name] = hashed
        return hashed

    def add_file(self, name: str, path: Path) -> str:
        return self.add(name, path.read_bytes())


def build(package: Path = PACKAGE, out: Path = DIST) -> Mapping[str, str]:
    """Write every asset, a `.gz` beside each text and `manifest.json` into `out`, and remove what is no longer needed.

    `package` is the unpacked npm package. Building twice changes nothing. Returns the manifest: logical name to hashed
    name. Raises `MissingAssetsError` when the package is not there.
    """
    if not (package / "dist").is_dir():
        raise MissingAssetsError(f"{package} is missing. `npm ci` unpacks it.")
    made = _Build(package)
    _add_icons(made)
    made.add("dkfds.css", (_fonts(made) + _design_system(made)).encode())
    made.add("engage.css", _our_sheet(made, _SHEETS).encode())
    for name in _ROOM_SHEETS:
        made.add(f"{name}.css", _our_sheet(made, (name,)).encode())
    for name, file in _SCRIPTS.items():
        made.add_file(name, STATIC / "js" / file)
    _add_check_in(made)
    _add_paper_fonts(made)
    _add_licences(made)
    _write(made, out)
    load_manifest.cache_clear()
    return made.names


def _add_icons(made: _Build) -> None:
    symbols = []
    for name in _ICONS:
        drawing = (made.package / "dist/img/svg-icons" / f"{name}.svg").read_text()
        opening, _, rest = drawing.partition(">")
        box = re.search(r'viewBox="([^"]+)"', opening)
        lines = rest.replace("</svg>", "").strip()
        symbols.append(f'<symbol id="{name}" viewBox="{box[1] if box else ""}">{lines}</symbol>')
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    made.add("icons.svg", sprite.encode())
    for path in sorted((STATIC / "icons").glob("*.svg")):
        made.add_file(path.name, path)


def _add_check_in(made: _Build) -> None:
    """The page's own modules and the decoder of codes (the package `qr`), each told under which name the others stand."""
    package = made.package.parent / "qr"
    made.files["qr-LICENSE-MIT.txt"] = (package / "LICENSE-MIT").read_bytes()
    base = made.add_file("qr.js", package / "index.js")
    decoder = (package / "decode.js").read_text().replace("'./index.js'", f"'./{base}'")
    made.add("qr-decode.js", decoder.encode())
    made.add_file("check-in-worker.js", STATIC / "js" / "check-in-worker.js")
    for name in (*CHECK_IN, *_BESIDE_THE_DOOR):
        text = (STATIC / "js" / name).read_text()
        for part in CHECK_IN:
            text = text.replace(f'"./{part}"', f'"./{made.names.get(part, part)}"')
        made.add(name, text.encode())


def _fonts(made: _Build) -> str:
    """`@font-face` for our weights: the package's own rules fetch 100 KB and more a weight."""
    folder = made.package / "dist/fonts/IBMPlexSans/split/woff2"
    rules = []
    for weight, cut in _WEIGHTS.items():
        for subset, characters in _SUBSETS.items():
            name = f"plex-{weight}.woff2" if subset == "Latin1" else f"plex-{weight}-{subset.lower()}.woff2"
            file = made.add_file(name, folder / f"IBMPlexSans-{cut}-{subset}.woff2")
            rules.append(
                f"@font-face{{font-family:IBM Plex Sans;font-style:normal;font-weight:{weight};font-display:swap;"
                f"src:url({file}) format('woff2');unicode-range:{characters}}}"
            )
    return "".join(rules)


def _design_system(made: _Build) -> str:
    """The package's sheet in a cascade layer, so that any rule of ours wins without shouting."""
    css = (made.package / "dist/css/dkfds.min.css").read_text()
    css = _COMMENT.sub("", _FONT_FACE.sub("", css)).replace('@charset "utf-8";', "")

    def ours(match: re.Match[str]) -> str:
        path = made.package / "dist/css" / match[2]
        # The placeholders for other people's logos stay behind.
        return f"url({made.add_file(f'dkfds/{path.name}', path)})" if path.suffix == ".svg" else "none"

    return f"@layer dkfds{{{_ADDRESS.sub(ours, css)}}}"


def _our_sheet(made: _Build, names: Sequence[str]) -> str:
    css = "\n".join((STATIC / "css" / f"{name}.css").read_text() for name in names)
    lines = (line.strip() for line in _COMMENT.sub("", css).splitlines())
    return _ADDRESS.sub(lambda match: f"url({made.names[Path(match[2]).name]})", "\n".join(filter(None, lines)))


def _add_paper_fonts(made: _Build) -> None:
    """The whole faces, as a PDF needs them: it takes the letters it uses out of them, and no browser fetches these."""
    for weight in PAPER_FONTS:
        folder = made.package / "src/fonts/IBMPlexSans/complete/ttf"
        made.files[paper_font(weight)] = (folder / f"IBMPlexSans-{weight}.ttf").read_bytes()


def paper_font(weight: str) -> str:
    """The name of the file with a face for paper; the same whatever is in it, since its place is never sent to a browser."""
    return f"paper-{weight}.ttf"


def _add_licences(made: _Build) -> None:
    made.files["dkfds-LICENSE.md"] = (made.package / "LICENSE.md").read_bytes()
    made.files["plex-LICENSE.txt"] = (made.package / "dist/fonts/IBMPlexSans/split/woff2/license.txt").read_bytes()


def _write(made: _Build, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, content in made.files.items():
        _put(out / name, content)
        if Path(name).suffix in _TEXTS:
            # Level 9 and no time of day: the same input gives the same bytes.
            _put(out / f"{name}.gz", gzip.compress(content, 9, mtime=0))
    # The manifest comes last and in one step: a server that starts meanwhile reads the old one or the new one.
    beside = out / "manifest.json.new"
    beside.write_text(json.dumps(made.names, indent=1, sort_keys=True) + "\n")
    beside.replace(out / "manifest.json")
    kept = {"manifest.json", *made.files, *(f"{name}.gz" for name in made.files)}
    for path in out.rglob("*"):
        if path.is_file() and str(path.relative_to(out)) not in kept:
            path.unlink()


def _put(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


@cache
def load_manifest() -> Mapping[str, str]:
    """Logical name to hashed name, as last built; read once per process. Raises `MissingAssetsError` if never built."""
    try:
        names: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise MissingAssetsError("`python -m engage.web.assets` has not been run yet.") from error
    return names


def asset_url(name: str) -> str:
    """The address of the asset called `name`, such as "engage.css"; it may be cached for ever."""
    try:
        return ADDRESS + load_manifest()[name]
    except KeyError as error:
        raise MissingAssetsError(f"There is no asset called {name!r}.") from error


def main() -> None:
    """Build from the command line; says how many files there are and what a first visit weighs."""
    parser = argparse.ArgumentParser(description="Builds the files a browser keeps.")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="the unpacked npm package dkfds")
    try:
        names = build(parser.parse_args().package)
    except MissingAssetsError as error:
        sys.exit(str(error))
    first = ("dkfds.css", "engage.css", "engage.js", "chat.js", "icons.svg", "plex-400.woff2", "plex-600.woff2")
    weight = sum(_compressed(DIST / names[name]) for name in first)
    print(f"{len(names)} assets; a first visit fetches {weight / 1024:.0f} KB of them.")


def _compressed(path: Path) -> int:
    packed = path.with_name(f"{path.name}.gz")
    return (packed if packed.is_file() else path).stat().st_size


if __name__ == "__main__":
    main()
