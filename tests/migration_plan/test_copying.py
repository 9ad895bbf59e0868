"""How far history may be ahead of whoever applies it, and for how long somebody waits for that."""

from collections.abc import Iterator
from itertools import count, cycle, repeat
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from handover.reconcile import Difference, Report
from handover.standing import Chunk
from strangler.copying import backfill, catch_up, owner_and_replica, repair
from strangler.errors import FailedError
from strangler.world import Unwatched, World

AHEAD = 3


class Clock:
    """Who sleeps lets a second pass, in which the service applies one message, if it does at all."""

    def __init__(self, scene: "Scene") -> None:
        self.scene, self.now = scene, 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.now += 1
            self.scene.applied += self.scene.a_second


class Scene:
    """Both sides: the monolith's relay sends at once, the service applies so many messages a second."""

    def __init__(self, *, chunks: int, a_second: int, depths: Iterator[int] | None = None) -> None:
        self.chunks, self.a_second, self.depths = chunks, a_second, depths or repeat(0)
        self.sent = self.applied = self.furthest = 0
        self.progress: dict[str, Any] = {}
        self.repaired: list[UUID] = []

    def entities(self, _domain: str) -> list[str]:
        return ["product"]

    def backfill_progress(self, _domain: str) -> dict[str, Any]:
        return self.progress

    def row_count(self, _domain: str, _entity: str) -> int:
        return self.chunks

    def outbox_depth(self, _domain: str) -> int:
        return next(self.depths)

    def snapshot_chunk(self, _domain: str, _entity: str, _rows: int) -> Chunk:
        self.put()
        return Chunk(copied=1, finished=self.sent >= self.chunks)

    def put(self) -> None:
        self.sent += 1
        self.furthest = max(self.furthest, self.sent - self.applied)

    def resend_rows(self, _domain: str, _entity: str, keys: list[UUID]) -> None:
        self.repaired += keys
        self.put()

    def stream_end(self, _domain: str) -> int:
        return self.sent

    def inbox_sequence(self, _domain: str) -> int:
        return self.applied

    def world(self) -> World:
        budget = {"chunk_rows": 1, "pause_above_messages": 1, "chunks_ahead": AHEAD}
        plan = SimpleNamespace(
            backfill=SimpleNamespace(**budget, rows_per_s=None),
            patience=SimpleNamespace(catch_up_s=5),
        )
        world = {
            "plan": plan,
            "domain": "catalog",
            "monolith": self,
            "service": self,
            "then": "then",
        }
        return cast("World", SimpleNamespace(**world, watch=Unwatched(), hand=lambda _side: self))


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> Any:
    def begin(scene: Scene) -> Clock:
        clock = Clock(scene)
        monkeypatch.setattr("strangler.copying.time", clock)
        monkeypatch.setattr(
            "strangler.copying.lag", lambda *_: SimpleNamespace(total=scene.sent - scene.applied)
        )
        return clock

    return begin


def test_history_waits_for_whoever_applies_it(clocked: Any) -> None:
    scene = Scene(chunks=40, a_second=1)
    clock = clocked(scene)
    assert backfill(scene.world()) == {"rows": 40}
    assert scene.furthest == AHEAD
    assert clock.now > 5, "longer than nothing may move"


@pytest.mark.parametrize(
    ("depths", "sent"),
    [
        pytest.param(repeat(0), AHEAD, id="nobody applies"),
        pytest.param(cycle([0, 1, 0]), AHEAD, id="nobody applies while people write"),
        pytest.param(count(), 2, id="nobody sends while people write"),
        pytest.param(cycle([7, 9]), 0, id="people write more than is sent"),
    ],
)
def test_history_that_nobody_takes_is_given_up(
    clocked: Any, depths: Iterator[int], sent: int
) -> None:
    scene = Scene(chunks=40, a_second=0, depths=depths)
    clock = clocked(scene)
    with pytest.raises(FailedError, match="history is not taken any more"):
        backfill(scene.world())
    assert scene.sent == sent
    assert clock.now < 10


def test_what_a_former_run_has_sent_counts(clocked: Any) -> None:
    scene = Scene(chunks=40, a_second=1)
    scene.progress, scene.sent = {"product": {"finished_at": None, "row_count": 7}}, 7
    clocked(scene)
    backfill(scene.world())
    assert scene.furthest == AHEAD


def test_a_repair_goes_in_pieces_and_what_is_gone_goes_first(
    clocked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(chunks=0, a_second=1)
    clocked(scene)
    monkeypatch.setattr("strangler.copying.owner_and_replica", lambda _: ("monolith", "service"))
    changed = [Difference(key=UUID(int=n), version_a=2, version_b=1) for n in range(8)]
    gone = [Difference(key=UUID(int=n), version_a=None, version_b=1) for n in (8, 9)]
    report = SimpleNamespace(entities=[SimpleNamespace(entity="e", differences=changed + gone)])
    assert repair(scene.world(), cast("Report", report)) == {"e": 10}
    assert [key.int for key in scene.repaired] == [8, 9, *range(8)]
    assert (scene.sent, scene.furthest) == (10, AHEAD)


@pytest.mark.parametrize("a_second", [1, 0])
def test_who_is_behind_may_take_long_but_not_stand(clocked: Any, a_second: int) -> None:
    scene = Scene(chunks=0, a_second=a_second)
    scene.sent = 40
    clock = clocked(scene)
    if a_second:
        assert catch_up(scene.world(), giver="monolith", taker="service") == {"sequence": 40}
        assert clock.now > 5
    else:
        with pytest.raises(FailedError, match="40 messages behind"):
            catch_up(scene.world(), giver="monolith", taker="service")


@pytest.mark.parametrize(
    ("modes", "words"),
    [
        (("RELEASED", "REPLICA"), "a token is in flight; finish the handover: strangler resume"),
        (("BURNED", "BURNED"), "nobody owns, and no token brings, the writes of catalog; see"),
        (("OWNER", "OWNER"), "both sides own the writes of catalog; see strangler status catalog"),
    ],
)
def test_where_not_one_side_owns_it_is_said_why(modes: tuple[str, str], words: str) -> None:
    hands = {
        side: SimpleNamespace(ownership=lambda _, mode=mode: SimpleNamespace(mode=mode))
        for side, mode in zip(("monolith", "service"), modes, strict=True)
    }
    world = SimpleNamespace(domain="catalog", hand=hands.__getitem__)
    with pytest.raises(FailedError, match=words):
        owner_and_replica(cast("World", world))
