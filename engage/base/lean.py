"""Importing a library without what it would load besides: optional extras, or all of its modules for the sake of one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Inside the block these packages cannot be imported, as if they were not installed; what is loaded already stays.

    For optional extras of a library that nothing here uses, and which take megabytes in every process.
    """
    hidden = [package for package in packages if package not in sys.modules]
    for package in hidden:
        sys.modules[package] = None  # type: ignore[assignment]  # the import system's own way of saying "there is none"
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]


def module_of(package: str, name: str) -> ModuleType:
    """The module `name` of `package`, loaded without running the package's own start, which may load all the others.

    For a package whose modules stand for themselves. It stays as it is if it was loaded before. Raises ImportError.
    """
    if package not in sys.modules:
        spec = find_spec(package)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        sys.modules[package] = module_from_spec(spec)
    return import_module(f"{package}.{name}")
