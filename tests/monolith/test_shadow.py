import json
import queue

import httpx
import pytest

from monolith.catalog.shadow import SHADOW
from monolith.seams.compare import Comparer, Reading, StreamPosition, Verdict, judge, read_here
from monolith.seams.peers import Peers
from monolith.seams.stage import Stage
from monolith.seams.tally import Tally
from monolith.seams.where import Standing


def reading(value, status=200) -> Reading:
    return Reading(status=status, body=json.dumps(value).encode())


def product(version=1, name="Lamp", key="1"):
    return {"id": key, "version": version, "name": name}


@pytest.mark.parametrize(
    ("own", "theirs", "outcome"),
    [
        (reading(product()), reading(product()), "equal"),
        (reading(product()), Reading(status=200, body=b'{"version":1,"name":"Lamp","id":"1"}'), "equal"),
        (reading(product(2)), reading(product(1)), "lagging"),
        (reading({"items": [product(2), product(1, key="2")]}),
         reading({"items": [product(1), product(1, key="2")]}), "lagging"),
        (reading(product(1)), reading(product(1, name="Other")), "different"),
        (reading(product(1)), reading(product(2)), "different"),
        (reading(product()), reading({}, status=404), "different"),
        (reading(product()), Reading(status=200, body=b"<html>"), "different"),
        (reading(product()), reading({}, status=503), "failed"),
    ],
    ids=["same bytes", "same value", "older version", "older item", "other name", "newer version",
         "missing", "no JSON", "broken"],
)  # fmt: skip
def test_answers_are_judged_by_value_and_version(own, theirs, outcome):
    assert judge(own=own, theirs=theirs) == outcome


class Positions:
    """What the two sides say of the stream, question by question; the last answer stays."""

    def __init__(self, *, ours=(5,), theirs=5):
        self._ours, self._theirs = list(ours), theirs

    def ours(self):
        return self._ours.pop(0) if len(self._ours) > 1 else self._ours[0]

    def theirs(self):
        return self._theirs


def _comparer(*answers, own=None, position=None) -> Comparer:
    left = list(answers)

    def answer(request):
        value = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(value, Exception):
            raise value
        return httpx.Response(200, json=value)

    return Comparer(
        peers=Peers(("http://one",), transport=httpx.MockTransport(answer)),
        position=position or Positions(),
        ask_own=lambda *_: own,
        sleep=lambda _: None,
    )


def test_an_instance_that_takes_no_connection_says_nothing_of_the_others():
    def answer(request):
        if request.url.host != "three":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json=product())

    addresses = ("http://one", "http://two", "http://three")
    peers = Peers(addresses, transport=httpx.MockTransport(answer))
    comparer = Comparer(peers=peers, position=Positions())
    own = reading(product())
    found = [comparer.compare(path="/x", own=own).outcome for _ in range(5)]
    assert found == ["equal"] * 5
    nobody = Peers(addresses[:2], transport=httpx.MockTransport(answer))
    comparer = Comparer(peers=nobody, position=Positions())
    assert comparer.compare(path="/x", own=own).outcome == "failed"


def test_what_agrees_when_asked_again_was_lagging():
    own = reading(product(2))
    comparer = _comparer(product(3), product(2), own=own)
    assert comparer.compare(path="/x", own=own).outcome == "lagging"


def test_what_differs_while_the_stream_is_at_rest_is_different_and_shown():
    own = reading(product(1))
    verdict = _comparer(product(1, name="Other"), own=own).compare(path="/x", own=own)
    assert verdict.outcome == "different"
    assert verdict.example["path"] == "/x"
    assert "Other" in verdict.example["theirs"]["body"]


@pytest.mark.parametrize(
    "position",
    [
        Positions(theirs=4),
        Positions(ours=range(5, 50), theirs=50),
        Positions(ours=(None,)),
        Positions(ours=(5, None)),
    ],
    ids=["the service is behind", "we write all the time", "the service owns", "we let go of it"],
)
def test_what_differs_while_the_stream_moves_proves_nothing(position):
    own = reading(product(1))
    comparer = _comparer(product(1, name="Other"), own=own, position=position)
    assert comparer.compare(path="/x", own=own).outcome == "lagging"


def test_a_service_that_does_not_answer_is_a_failure_not_a_difference():
    comparer = _comparer(httpx.ConnectError("no"))
    assert comparer.compare(path="/x", own=reading({})).outcome == "failed"


@pytest.mark.usefixtures("committed", "capture")
def test_our_stream_has_an_end_only_while_we_own(set_mode):
    position = StreamPosition(domain="catalog", peers=Peers(("http://one",)))
    before = position.ours()
    for mode in ("RELEASED", "REPLICA", "BURNED"):
        set_mode(mode)
        assert position.ours() is None
    set_mode("OWNER")
    assert position.ours() == before
    assert StreamPosition(domain="nobody", peers=position.peers).ours() is None


@pytest.mark.django_db
def test_our_own_side_is_asked_without_the_network(api, make_product):
    made = make_product()
    assert json.loads(read_here(f"/api/v1/products/{made['id']}").body) == made
    assert read_here("/api/v1/products?limit=0").status == 422
    listed = read_here("/api/v1/products?search=lamp&limit=1")
    assert listed.body == api.get("/products", search="lamp", limit=1).content


@pytest.fixture
def watched(monkeypatch) -> queue.Queue:
    """Watch all reads, into a queue that nobody empties."""
    offered: queue.Queue = queue.Queue(maxsize=2)
    monkeypatch.setattr(SHADOW, "samples", offered)
    monkeypatch.setattr(SHADOW, "_ensure_thread", lambda: None)
    return offered


def _stand(monkeypatch, stage, share=1.0):
    standing = Standing(stage=stage, shadow_sample=share)
    monkeypatch.setattr(SHADOW, "where", lambda: standing)


@pytest.mark.django_db
@pytest.mark.parametrize("stage", list(Stage))
def test_reads_are_compared_in_shadow_and_canary_only(
    api, make_product, watched, monkeypatch, stage
):
    _stand(monkeypatch, stage)
    made = make_product()
    api.get(f"/products/{made['id']}")
    assert watched.qsize() == (1 if stage in {Stage.SHADOW, Stage.CANARY} else 0)
    if watched.qsize():
        sample = watched.get_nowait()
        assert sample.path == f"/api/v1/products/{made['id']}"
        assert json.loads(sample.reading.body) == made


@pytest.mark.django_db
def test_a_share_of_nothing_compares_nothing_and_a_full_queue_drops(api, watched, monkeypatch):
    _stand(monkeypatch, Stage.SHADOW, 0.0)
    assert api.get("/categories").status_code == 200
    assert watched.empty()
    _stand(monkeypatch, Stage.SHADOW)
    for _ in range(5):
        assert api.get("/categories").status_code == 200
    assert watched.full()


def test_outcomes_are_summed_up_by_route(committed, owner):
    now = [0.0]
    tally = Tally("catalog", clock=lambda: now[0])

    def noted():
        return owner.execute(
            "SELECT route, equal, lagging, different, failed, example FROM handover.comparison"
        ).fetchall()

    for outcome in ("equal", "equal", "lagging", "different"):
        example = {"path": "/x"} if outcome == "different" else None
        tally.add(route="products", verdict=Verdict(outcome=outcome, example=example))
    tally.flush_if_due()
    assert noted() == []
    now[0] = 1.0
    tally.flush_if_due()
    tally.add(route="products", verdict=Verdict(outcome="failed"))
    tally.flush()
    assert noted() == [("products", 2, 1, 1, 1, {"path": "/x"})]
