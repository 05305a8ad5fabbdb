"""Flask-Security is imported without what checks passkeys and codes, and given all of it later."""

import ast
import inspect
from types import ModuleType

import pytest
from flask import Flask
from flask_security import webauthn as passkeys
from flask_security import webauthn_util as wishes
from passlib import totp as codes

from engage.web.login import authenticators, proofs


def imported_if_there(module: ModuleType) -> set[tuple[str, str]]:
    """What the library would have imported by itself: all that stands in a `try` of its module, as (place, name)."""
    tries = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.Try)]
    inner = [node for each in tries for node in ast.walk(each)]
    named = {
        (node.module or "", name.name) for node in inner if isinstance(node, ast.ImportFrom) for name in node.names
    }
    return named | {(name.name, "") for node in inner if isinstance(node, ast.Import) for name in node.names}


@pytest.mark.parametrize("module", [passkeys, wishes])
def test_the_library_finds_all_that_it_looks_for(module: ModuleType) -> None:
    proofs.read_passkeys()
    wanted = imported_if_there(module)
    assert len(wanted) >= 4
    assert [(place, name) for place, name in wanted if not hasattr(module, name or place)] == []


def test_secrets_of_apps_are_kept_encrypted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    proofs.read_codes()  # so that what is put back below is there for the tests after this
    proofs.read_codes.cache_clear()
    monkeypatch.setattr(codes, "_cg_ciphers", None)
    with app.app_context():
        secret = authenticators.totp().generate_totp_secret()
    assert '"enckey"' in secret
    assert '"key"' not in secret
