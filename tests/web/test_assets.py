"""The built files, the colours and what the templates may hold, checked on the real package and the real templates."""

import gzip
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from engage.web import assets

TEMPLATES = assets.STATIC.with_name("templates")
# A first view is to weigh at most 120 KB; 20 KB of them are kept free for the page itself and the city's colours.
MOST_BYTES = 100 * 1024
FIRST_VIEW = (
    "dkfds.css", "engage.css", "engage.js", "chat.js", "icons.svg", "favicon.svg", "plex-400.woff2", "plex-600.woff2",
)  # fmt: skip

# What is written on what. WCAG 2.1, 1.4.3: 4.5:1 for text; 1.4.11: 3:1 for the edge of a field and the focus ring.
TEXT = (
    *((text, ground) for text in ("ink", "muted", "sea", "brick") for ground in ("ground", "card")),
    *((text, "ground-deep") for text in ("ink", "muted", "sea")),
    *((text, "sea-ground") for text in ("ink", "muted", "sea", "sea-strong")),
    *((text, "sun-ground") for text in ("ink", "muted", "sea")),
    *((text, "brick-ground") for text in ("ink", "brick")),
    *((text, "good-ground") for text in ("ink", "good")),
    ("sea-strong", "ground"), ("sea-strong", "card"), ("good", "ground"), ("good", "card"), ("on-sea", "sea"),
    ("on-sea", "sea-strong"), ("card", "brick"), ("card", "muted"), ("on-sea", "social"),
    *((name, f"{name}-ground") for name in ("environmental", "social", "cultural", "economic")),
)  # fmt: skip
EDGES = (("edge", "card"), ("edge", "ground"), ("edge", "sun-ground"), ("sea", "ground"), ("brick", "card"))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    assets.build(out=folder)
    return folder


@pytest.fixture(scope="module")
def names(out: Path) -> Mapping[str, str]:
    return assets.build(out=out)


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def every(pattern: str) -> set[tuple[str, str]]:
    """(file, what the pattern's group holds) for each match in the templates."""
    found = ((path, re.findall(pattern, path.read_text())) for path in templates())
    return {(path.relative_to(TEMPLATES).as_posix(), match) for path, matches in found for match in matches}


def times(out: Path) -> dict[Path, int]:
    """When each built file was last written; the manifest is always written anew."""
    return {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and path.name != "manifest.json"}


def test_building_twice_writes_nothing_anew(out: Path) -> None:
    before, manifest = times(out), (out / "manifest.json").read_bytes()
    assets.build(out=out)
    assert len(before) > 100
    assert times(out) == before
    assert (out / "manifest.json").read_bytes() == manifest


def test_a_file_of_an_older_build_is_removed(out: Path) -> None:
    (out / "engage-0123456789ab.css").write_text("old")
    assets.build(out=out)
    assert not (out / "engage-0123456789ab.css").exists()


def test_each_text_stands_there_compressed_as_well(out: Path) -> None:
    texts = [path for path in out.rglob("*") if path.suffix in {".css", ".js", ".svg"}]
    assert len(texts) > 20
    for path in texts:
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()


def test_a_changed_file_gets_a_new_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "static"
    for path in assets.STATIC.rglob("*"):
        if path.is_file() and assets.DIST not in path.parents:
            target = sources / path.relative_to(assets.STATIC)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    monkeypatch.setattr(assets, "STATIC", sources)
    first = dict(assets.build(out=tmp_path / "dist"))
    with (sources / "css" / "base.css").open("a") as file:
        file.write(".new { color: red; }\n")
    second = assets.build(out=tmp_path / "dist")
    assert {name for name in first if first[name] != second[name]} == {"engage.css"}


@pytest.mark.parametrize("sheet", ["dkfds.css", "engage.css"])
def test_sheets_fetch_only_files_of_ours(out: Path, names: Mapping[str, str], sheet: str) -> None:
    css = (out / names[sheet]).read_text()
    addresses = set(re.findall(r"url\(([^)]+)\)", css))
    assert addresses
    assert [address for address in addresses if not (out / address).is_file()] == []


def test_the_design_system_stands_in_a_layer_below_ours_with_two_weights(out: Path, names: Mapping[str, str]) -> None:
    css = (out / names["dkfds.css"]).read_text()
    faces = re.findall(r"@font-face\{[^}]*\}", css)
    assert {re.search(r"font-weight:(\d+)", face)[1] for face in faces} == {"400", "600"}  # type: ignore[index]
    assert all("font-display:swap" in face for face in faces)
    rest = re.sub(r"@font-face\{[^}]*\}", "", css)
    assert rest.startswith("@layer dkfds{")
    assert rest.count("{") == rest.count("}")


def test_a_first_view_is_light(out: Path, names: Mapping[str, str]) -> None:
    weights = {}
    for name in FIRST_VIEW:
        packed = out / f"{names[name]}.gz"
        weights[name] = (packed if packed.exists() else out / names[name]).stat().st_size
    assert sum(weights.values()) <= MOST_BYTES, weights


def test_a_missing_package_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(assets.MissingAssetsError, match="npm ci"):
        assets.build(package=tmp_path / "nowhere", out=tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_an_address_of_an_unknown_asset_is_refused(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "DIST", out)
    assets.load_manifest.cache_clear()
    assert assets.asset_url("engage.css").startswith("/static/engage-")
    with pytest.raises(assets.MissingAssetsError, match=re.escape("engage.ccs")):
        assets.asset_url("engage.ccs")
    assets.load_manifest.cache_clear()


def test_templates_name_only_assets_that_are_built(names: Mapping[str, str]) -> None:
    used = every(r"asset\(['\"]([^'\"]+)['\"]\)")
    assert used
    assert {(file, name) for file, name in used if name not in names} == set()


def test_templates_name_only_icons_of_the_sprite(out: Path, names: Mapping[str, str]) -> None:
    there = set(re.findall(r'<symbol id="([^"]+)"', (out / names["icons.svg"]).read_text()))
    used = every(r"icon\(\"([^\"]+)\"")
    assert len(used) > 10
    assert {(file, name) for file, name in used if name not in there} == set()


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_can_be_read_and_holds_no_script_or_style_of_its_own(path: Path) -> None:
    text = path.read_text()
    Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True).parse(text)
    # The content policy would not run them anyway; the page would be broken without a word.
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text) == []
    assert re.findall(r"<script(?![^>]*(src=|application/ld\+json))", text) == []
    assert len(text.splitlines()) <= 200


def colours(scheme: str) -> dict[str, str]:
    """The custom properties of the theme that are colours, in "light" or in "dark"."""
    light, _, dark = (assets.STATIC / "css" / "theme.css").read_text().partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", light))
    return {**found, **dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", dark))} if scheme == "dark" else found


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    theme = colours(scheme)
    weak = {(text, ground): round(contrast(theme[text], theme[ground]), 2) for text, ground in TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    edges = {(line, ground): round(contrast(theme[line], theme[ground]), 2) for line, ground in EDGES}
    assert {pair: ratio for pair, ratio in edges.items() if ratio < 3} == {}
