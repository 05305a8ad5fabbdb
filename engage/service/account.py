"""The system user PostgreSQL runs as when we are root, and every program started in its name."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engage.service import processes
from engage.service.errors import ServiceError

_NAME = "engage-postgres"
# Nothing of the caller's environment: PGDATA, PGOPTIONS, LC_* and friends would all be obeyed.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """Whom the server runs as; `drop` is False when that is who we are already."""

    uid: int
    gid: int
    drop: bool = True

    def spawn(
        self, command: Sequence[str], folder: Path, output: int | IO[Any], *, dies_by: signal.Signals
    ) -> subprocess.Popen[bytes]:
        """Start `command` as this user in a session of its own; it gets `dies_by` when we die (Linux)."""
        return subprocess.Popen(
            command,
            cwd=folder,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # After the change of user on purpose, which only preexec_fn allows; it takes no lock a thread
            # could hold.
            preexec_fn=processes.dying_with_us(dies_by),
            **self._identity(),
        )

    def can(self, script: str, *paths: Path) -> bool:
        """Whether the shell `script` succeeds as this user, `paths` being $1, $2... Asking the system beats
        reading modes, which know nothing of access lists, mounts and missing libraries."""
        command = ["/bin/sh", "-c", script, "sh", *map(str, paths)]
        answer = subprocess.run(
            command,
            cwd="/",
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            **self._identity(),
        )
        return answer.returncode == 0

    def make_folder(self, path: Path) -> Path:
        """Create `path` if need be, 0700 and this user's."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.drop:
            os.chown(path, self.uid, self.gid)
        return path

    def _identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drop else {}


def ourselves() -> Account:
    return Account(os.geteuid(), os.getegid(), drop=False)


def owner_of(data: Path) -> Account | None:
    """Whose cluster it is: root serves one that a plain user made as that user. None if there is none."""
    if not data.exists():
        return None
    facts = data.stat()
    return Account(facts.st_uid, facts.st_gid) if facts.st_uid != 0 else None


def system_account() -> Account:
    """Our own system user, made when the machine has useradd; `nobody` otherwise. For root only."""
    _create_system_user()
    for name in (_NAME, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServiceError(f"PostgreSQL does not run as root, and there is no user {_NAME} or nobody to run it as.")


def _create_system_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    try:
        pwd.getpwnam(_NAME)
    except KeyError:
        if useradd is not None:  # may fail (read-only /etc) or lose a race to another start: the caller looks again
            call = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--user-group"]
            subprocess.run([*call, "--shell", "/usr/sbin/nologin", _NAME], capture_output=True, check=False)
