from pathlib import Path
from types import SimpleNamespace

import pytest

from stack import leases, lifecycle
from stack.profile import Kind, Profile
from stack.supervisor import Supervisor


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(kind=Kind.TEST, root=tmp_path, state=tmp_path / ".run", base=22000)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """What each stopping has left running."""
    seen: list[set[str]] = []
    monkeypatch.setattr(lifecycle, "down_to", lambda _profile, before, *, say: seen.append(before))
    return seen


def test_servers_stay_until_the_last_run_that_uses_them_is_over(
    profile: Profile, stopped: list[set[str]]
) -> None:
    first, second = leases.left_as_found(profile), leases.left_as_found(profile)

    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert stopped == []

    second.__exit__(None, None, None)
    assert stopped == [set()]


def test_the_system_goes_with_its_last_user_and_leaves_the_servers_to_others(
    profile: Profile, stopped: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with leases.left_as_found(profile):
        run(monkeypatch, "postgresql")
        with leases.left_as_found(profile, leases.Used.SYSTEM):
            run(monkeypatch, "postgresql", "monolith")
            with leases.left_as_found(profile, leases.Used.SYSTEM):
                pass
            assert stopped == []
        assert stopped == [{"postgresql"}]
    assert stopped == [{"postgresql"}, set()]


def run(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    running = [SimpleNamespace(name=name, runs=True) for name in names]
    monkeypatch.setattr(Supervisor, "processes", lambda _self: running)
