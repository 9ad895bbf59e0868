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
    base = next(base for base in range(22000, 30000, 1000) if _free(base))
    profile = Profile(kind=Kind.TEST, root=tmp_path, state=tmp_path / ".run", base=base)
    with lifecycle.locked(profile):
        yield profile
        lifecycle.reset(profile, say=quietly)


def _free(base: int) -> bool:
    return all(ports.is_free(base + offset) for offset in (1, 432, 672, 673, 674, 675))
