from pathlib import Path

import pytest

from stack import leases, lifecycle
from stack.profile import Kind, Profile


def test_servers_stay_until_the_last_run_that_uses_them_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[set[str]] = []
    monkeypatch.setattr(
        lifecycle, "down_to", lambda _profile, before, *, say: stopped.append(before)
    )
    profile = Profile(kind=Kind.TEST, root=tmp_path, state=tmp_path / ".run", base=22000)
    first, second = leases.left_as_found(profile), leases.left_as_found(profile)

    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert stopped == []

    second.__exit__(None, None, None)
    assert stopped == [set()]
