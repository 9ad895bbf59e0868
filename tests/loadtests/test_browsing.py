"""What somebody does who had a product in sight and is told that there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.files import RunFiles
from loadtests.run import Crowd, Load
from loadtests.samples import Sample, read_samples
from tests.loadtests.fake_shop import PASSWORD, FakeShop

NEVER = 1_000_000
# As loadtests/README.md promises; the journey itself cannot be imported without patching this process.
PATIENCE_S = 2.0


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED_PASSWORD", PASSWORD)


def browsing(directory: Path, *, behind_by_looks: int) -> list[Sample]:
    """All that browsers asked of a shop whose replica is so far behind."""
    files = RunFiles(directory)
    with FakeShop() as shop:
        shop.behind_by_looks = behind_by_looks
        load = Load(host=shop.url, users=10, rate=40, spawn_rate=10, duration_s=PATIENCE_S + 4)
        assert Crowd(load, files).wait() == 0, files.log.read_text()
    samples = [s for s in read_samples(files.samples) if s.journey == "Browser"]
    assert samples
    return samples


@pytest.mark.slow
def test_what_a_replica_does_not_know_yet_is_looked_at_again(tmp_path: Path) -> None:
    samples = browsing(tmp_path, behind_by_looks=1)
    assert {s.status for s in samples if s.name == "look again"} == {200}
    assert [s for s in samples if not s.ok] == []


@pytest.mark.slow
def test_what_stays_missing_is_a_failure(tmp_path: Path) -> None:
    samples = browsing(tmp_path, behind_by_looks=NEVER)
    failed = [s for s in samples if not s.ok]
    assert failed
    assert {(s.name, s.status) for s in failed} == {("look again", 404)}
    first = min(s.at for s in samples)
    assert all(s.at - first >= PATIENCE_S for s in failed)
