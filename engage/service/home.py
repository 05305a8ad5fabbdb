"""Where a cluster lives, as which user it runs and which binaries serve it. Starting and stopping it is
`postgres`.

PostgreSQL refuses to run as root. Started by root (a container, a CI job, a server's console) it runs as a
system user of its own, and that user often cannot reach the project: /root, a folder from mktemp or a pip run
under umask 077 is closed to others. No such folder is ever opened; the cluster and, if need be, a copy of the
binaries then go to /var/lib/engage, which is ours, and `location` in the project remembers where.
"""

import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from engage.service import account as accounts
from engage.service import binaries
from engage.service.account import Account
from engage.service.errors import ServiceError
from engage.service.processes import working_in

STATE = Path("/var/lib/engage")
# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the end mark included; this name is the
# longest in it.
_LONGEST_SOCKET_FOLDER = 104 - 1 - len("/.s.PGSQL.5432.lock")
# libpq splits a host at commas, PostgreSQL its folders too; everything else outside this set needs quoting
# somewhere.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_FORSAKEN_AFTER = 3600  # seconds until another test run sweeps a disposable home that nothing runs in


@dataclass(frozen=True)
class Home:
    """The folders of one cluster, the programs that serve it and the user they run as."""

    root: Path
    programs: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def _socket_note(self) -> Path:
        return self.root / "socket-folder"

    def sockets(self) -> Path:
        """A private folder for the socket: in the home, or a short one of its own when the home's path is too
        long or has letters a connection string cannot carry. Found again at the next call, so a URL stays
        true."""
        near = self.root / "socket"
        if len(os.fsencode(near)) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.fullmatch(str(near)):
            return self.account.make_folder(near)
        known = self._known_sockets()
        if known is not None:
            return known
        folder = self.account.make_folder(Path(tempfile.mkdtemp(prefix="engage-", dir="/tmp")))
        _write(self._socket_note, str(folder))
        return folder

    def _known_sockets(self) -> Path | None:
        """The short folder of an earlier run, if it is still ours alone: /tmp is open to everyone."""
        try:
            folder = Path(self._socket_note.read_text().strip())
            facts = folder.lstat()
        except FileNotFoundError:
            return None
        return folder if (facts.st_uid, facts.st_mode) == (self.account.uid, 0o040700) else None

    def delete(self, directory: Path) -> None:
        """Delete the cluster for good, and the way to it from `directory`."""
        sockets = self._known_sockets()
        if sockets is not None:
            shutil.rmtree(sockets, ignore_errors=True)
        for name in ("data", "data.unfinished", "log", "socket"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        self._socket_note.unlink(missing_ok=True)
        (directory / "location").unlink(missing_ok=True)
        if self.root != directory:
            shutil.rmtree(self.root, ignore_errors=True)


def find(directory: Path, *, durable: bool) -> Home:
    """The home of the cluster that belongs to `directory`; chosen and remembered at the first call.

    Raises ServiceError if the binaries are missing, the cluster is someone else's, or its remembered home is
    gone.
    """
    if os.geteuid() != 0:
        _refuse_foreign(directory)
        return Home(directory, binaries.installed(), accounts.ourselves())
    account = accounts.owner_of(directory / "data") or accounts.system_account()
    root = _remembered(directory) or _choose(directory, account, durable=durable)
    reachable = binaries.runnable_by(account)
    return Home(root, binaries.installed() if reachable else binaries.copied_to(_state_folder()), account)


def _refuse_foreign(directory: Path) -> None:
    data = directory / "data"
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise ServiceError(
            f"The database in {data} belongs to another user "
            f"(uid {data.stat().st_uid}; you are uid {os.geteuid()}). "
            "Start Engage as that user or as root, or choose another folder with ENGAGE_VAR."
        )
    if (directory / "location").exists():
        raise ServiceError(
            f"The database of {directory} was made by root. Start Engage as root, "
            "or choose another folder with ENGAGE_VAR."
        )


def _state_folder() -> Path:
    try:
        STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
        STATE.chmod(0o711)
    except OSError as problem:
        raise ServiceError(
            f"Started by root, Engage needs the folder {STATE} and cannot create it: {problem}."
        ) from problem
    return STATE


def _remembered(directory: Path) -> Path | None:
    """The home an earlier start chose elsewhere. A copy of a project folder brings the note along but must
    not share the original's database: the home knows whose it is, and the copy gets a fresh one."""
    note = directory / "location"
    if not note.exists():
        return None
    root = Path(note.read_text().strip())
    if not root.is_dir():
        raise ServiceError(
            f"The database of {directory} was kept in {root}, and that folder is gone. "
            f"Bring it back, or delete {note} to start with an empty database."
        )
    original = Path((root / "belongs-to").read_text().strip())
    if original != directory and (original / "location").exists():
        return None
    _write(root / "belongs-to", str(directory))
    return root


def _choose(directory: Path, account: Account, *, durable: bool) -> Path:
    if (directory / "data").exists() or account.can('cd "$1"', directory):
        return directory
    state = _state_folder()
    if not durable:
        _sweep_disposable(state)
    root = Path(tempfile.mkdtemp(prefix="cluster-" if durable else "disposable-", dir=state))
    root.chmod(0o711)
    _write(root / "belongs-to", str(directory))
    _write(directory / "location", str(root))
    return root


def _sweep_disposable(state: Path) -> None:
    """Remove the homes of test runs that were killed. Only those made with durable=False are ever touched."""
    for root in state.glob("disposable-*"):
        old = time.time() - root.stat().st_mtime > _FORSAKEN_AFTER
        if old and not working_in(root / "data"):
            shutil.rmtree(root, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    """Write a note whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text + "\n")
    draft.replace(path)
