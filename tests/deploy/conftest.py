from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import lifecycle, ports
from stack.profile import Kind, Profile


def quietly(text: str) -> None:
    del text


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Profile]:
    """A copy of its own, away from the one the other tests use; nothing of it stays."""
    yield from _copy(tmp_path, Kind.TEST)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Profile]:
    """Likewise, with a PostgreSQL for each side."""
    yield from _copy(tmp_path, Kind.CHAOS)


def _copy(root: Path, kind: Kind) -> Iterator[Profile]:
    base = next(base for base in range(22000, 30000, 1000) if _free(base))
    profile = Profile(kind=kind, root=root, state=root / ".run", base=base)
    with lifecycle.locked(profile):
        yield profile
        lifecycle.reset(profile, say=quietly)


def _free(base: int) -> bool:
    return all(ports.is_free(base + offset) for offset in (1, 432, 672, 673, 674, 675))
