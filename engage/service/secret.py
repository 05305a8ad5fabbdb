"""The secret the application signs cookies and links with, when the operator brings none."""

import os
import secrets
from pathlib import Path

from engage.service.errors import ServiceError

_SHORTEST = 32  # characters; ours has 64, 256 bits


def secret_key(path: Path) -> str:
    """The key kept in `path`, made there once (mode 0600). It stays the same for ever: a new one would end
    every login and every link in a sent e-mail. Raises ServiceError for a file that cannot be a key."""
    if not path.exists():
        _create(path)
    path.chmod(0o600)
    key = path.read_text().strip()
    if len(key) < _SHORTEST:
        raise ServiceError(
            f"{path} should hold the secret key and holds {len(key)} characters. Delete it for a new one."
        )
    return key


def _create(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(handle)
    draft.rename(path)
