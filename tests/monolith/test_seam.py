import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from extracted.contracts.catalog import Category, Product, Quote
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.catalog.face import FaceCatalog
from monolith.catalog.remote import RemoteCatalog
from monolith.catalog.seam import CatalogSeam
from monolith.seams.peers import Peers
from monolith.seams.rpc import ProxyPerThread, RemoteUnavailable
from monolith.seams.stage import Stage
from monolith.seams.where import Standing, Where
from stack import testing
from stack.waiting import until

LAMP, CHAIR = uuid4(), uuid4()


def quote(product_id: UUID, amount: int) -> Quote:
    return Quote(product_id=product_id, name="It", price=Money(amount=amount, currency="EUR"))


SHOWN = Product(
    id=LAMP,
    sku="LAMP",
    name="Lamp",
    description="",
    category=Category(id=uuid4(), slug="lamps", name="Lamps"),
    price=Money(amount=1999, currency="EUR"),
    version=1,
    created_at=datetime.now(UTC),
    updated_at=datetime.now(UTC),
).model_dump_json()


class FakeCatalog:
    def __init__(self, *quotes: Quote, broken: bool = False) -> None:
        self.quotes = {quote.product_id: quote for quote in quotes}
        self.broken = broken
        self.asked: list[set[UUID]] = []

    def get_quotes(self, *, product_ids):
        self.asked.append(set(product_ids))
        if self.broken:
            raise RemoteUnavailable("down")
        return {key: self.quotes[key] for key in product_ids if key in self.quotes}


def seam(stage: Stage, *, local, remote, face=None) -> CatalogSeam:
    return CatalogSeam(
        where=lambda: Standing(stage=stage),
        local=local,
        remote=remote,
        face=face or FakeCatalog(),
    )


@pytest.mark.parametrize("stage", list(Stage))
def test_the_owner_of_the_stage_is_asked_and_nobody_else(stage):
    local, remote = FakeCatalog(quote(LAMP, 1)), FakeCatalog(quote(LAMP, 2))
    found = seam(stage, local=local, remote=remote).get_quotes(product_ids=[LAMP])
    asked, spared = (local, remote) if stage.owner == "monolith" else (remote, local)
    assert (asked.asked, spared.asked) == ([{LAMP}], [])
    assert found == asked.quotes


@pytest.mark.parametrize("stage", [Stage.CANARY, Stage.CUTOVER])
def test_without_the_broker_a_new_product_is_asked_for_over_http(stage):
    face = FakeCatalog(quote(LAMP, 3))
    found = seam(stage, local=FakeCatalog(), remote=FakeCatalog(broken=True), face=face)
    assert found.get_quotes(product_ids=[LAMP])[LAMP].price.amount == 3


def test_a_seam_that_has_retired_has_no_replica_to_fall_back_to():
    local, face = FakeCatalog(quote(LAMP, 1)), FakeCatalog(quote(LAMP, 3))
    found = seam(Stage.RETIRED, local=local, remote=FakeCatalog(broken=True), face=face)
    assert found.get_quotes(product_ids=[LAMP])[LAMP].price.amount == 3
    assert local.asked == []


@pytest.mark.parametrize("stage", [Stage.CANARY, Stage.CUTOVER])
def test_what_nobody_can_answer_is_not_called_unknown(stage):
    found = seam(
        stage, local=FakeCatalog(), remote=FakeCatalog(broken=True), face=FakeCatalog(broken=True)
    )
    with pytest.raises(ProblemError) as refused:
        found.get_quotes(product_ids=[LAMP])
    assert refused.value.status == 503


@pytest.mark.parametrize(
    ("answer", "amount"),
    [(httpx.Response(404), None), (httpx.Response(200, text=SHOWN), 1999)],
    ids=["unknown", "known"],
)
def test_the_face_quotes_a_product(answer, amount):
    peers = Peers(("http://one",), transport=httpx.MockTransport(lambda _: answer))
    found = FaceCatalog(peers).get_quotes(product_ids=[LAMP])
    assert [each.price.amount for each in found.values()] == ([] if amount is None else [amount])


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, text="{}")])
def test_a_face_that_cannot_answer_says_so(answer):
    peers = Peers(("http://one",), transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(RemoteUnavailable):
        FaceCatalog(peers).get_quotes(product_ids=[LAMP])


def test_the_replica_answers_while_the_service_does_not():
    local, remote = FakeCatalog(quote(LAMP, 1)), FakeCatalog(broken=True)
    found = seam(Stage.CUTOVER, local=local, remote=remote).get_quotes(product_ids=[LAMP])
    assert found == {LAMP: quote(LAMP, 1)}


@pytest.mark.parametrize("broken", [False, True])
def test_a_product_born_at_the_service_a_moment_ago_is_asked_for_there(broken):
    local = FakeCatalog(quote(LAMP, 1))
    remote = FakeCatalog(quote(CHAIR, 2), broken=broken)
    found = seam(Stage.CANARY, local=local, remote=remote).get_quotes(product_ids=[LAMP, CHAIR])
    assert remote.asked == [{CHAIR}]
    assert set(found) == ({LAMP} if broken else {LAMP, CHAIR})


def test_before_the_first_step_an_unknown_product_is_just_unknown():
    local, remote = FakeCatalog(), FakeCatalog()
    assert not seam(Stage.MONOLITH, local=local, remote=remote).get_quotes(product_ids=[LAMP])
    assert remote.asked == []


def test_the_standing_is_asked_for_twice_a_second_at_most():
    now, asked = [0.0], []

    def ask(domain):
        asked.append(domain)
        return Standing(stage=Stage.SHADOW)

    where = Where("catalog", ask=ask, clock=lambda: now[0])
    for moment in (0.0, 0.2, 0.4, 0.6, 0.9, 1.2):
        now[0] = moment
        assert where().stage is Stage.SHADOW
    assert len(asked) == 3


@pytest.mark.django_db
def test_the_standing_follows_the_database(owner):
    where = Where("catalog")
    assert where().stage is Stage.MONOLITH
    owner.execute("SELECT handover.place_seam('catalog', 'canary', 25)")
    try:
        where.forget()
        assert (where().stage, where().read_weight) == (Stage.CANARY, 25)
    finally:
        owner.execute("SELECT handover.place_seam('catalog', 'monolith', 0)")
    assert Where("elsewhere")() == Standing()


def test_the_service_is_asked_for_all_products_at_once():
    asked = []

    def ask(method, /, **arguments):
        asked.append((method, arguments["product_ids"]))
        return [quote(LAMP, 7).model_dump(mode="json")]

    found = RemoteCatalog(ask=ask, timeout_s=5).get_quotes(product_ids=[LAMP, CHAIR])
    assert found == {LAMP: quote(LAMP, 7)}
    assert asked == [("get_quotes", [str(LAMP), str(CHAIR)])]


def test_a_service_that_hangs_costs_the_deadline_and_no_more():
    leave = threading.Event()
    remote = RemoteCatalog(ask=lambda *_, **__: leave.wait(10), timeout_s=0.05)
    started = time.monotonic()
    try:
        with pytest.raises(RemoteUnavailable):
            remote.get_quotes(product_ids=[LAMP])
        assert time.monotonic() - started < 1
    finally:
        leave.set()


def test_callers_do_not_wait_for_each_other():
    together = threading.Barrier(4, timeout=5)

    def ask(*_, **__):
        together.wait()
        return []

    remote = RemoteCatalog(ask=ask, timeout_s=5)
    with ThreadPoolExecutor(4) as customers:
        asked = [customers.submit(remote.get_quotes, product_ids=[LAMP]) for _ in range(4)]
        assert [one.result() for one in asked] == [{}] * 4


def test_a_service_that_hangs_costs_no_caller_more_than_the_deadline():
    leave = threading.Event()
    remote = RemoteCatalog(ask=lambda *_, **__: leave.wait(10), timeout_s=0.3)

    def wait_in_vain(_):
        started = time.monotonic()
        with pytest.raises(RemoteUnavailable):
            remote.get_quotes(product_ids=[LAMP])
        return time.monotonic() - started

    try:
        with ThreadPoolExecutor(4) as customers:
            assert max(customers.map(wait_in_vain, range(4))) < 0.8
    finally:
        leave.set()


def test_one_caller_tries_whether_the_service_is_back_while_the_others_go_on():
    answer, asked = threading.Event(), []

    def ask(*_, **__):
        asked.append(1)
        if len(asked) <= 5:
            raise ConnectionResetError
        assert answer.wait(5)
        return []

    remote = RemoteCatalog(ask=ask, timeout_s=5, open_s=0.05)
    for _ in range(5):
        with pytest.raises(RemoteUnavailable):
            remote.get_quotes(product_ids=[LAMP])
    time.sleep(0.06)  # the circuit's own time, which nothing announces
    with ThreadPoolExecutor(1) as customers:
        scout = customers.submit(remote.get_quotes, product_ids=[LAMP])
        try:
            assert until(lambda: len(asked) == 6, timeout_s=5)
            with pytest.raises(RemoteUnavailable, match="circuit"):
                remote.get_quotes(product_ids=[LAMP])
        finally:
            answer.set()
        assert scout.result() == {}
    assert remote.get_quotes(product_ids=[LAMP]) == {}


def test_after_some_failures_the_service_is_left_in_peace():
    asked = []

    def ask(*_, **__):
        asked.append(1)
        raise ConnectionResetError

    remote = RemoteCatalog(ask=ask, timeout_s=5)
    for _ in range(20):
        with pytest.raises(RemoteUnavailable):
            remote.get_quotes(product_ids=[LAMP])
    assert len(asked) == 5


def test_an_answer_that_is_no_quote_is_no_answer():
    remote = RemoteCatalog(ask=lambda *_, **__: [{"price": "cheap"}], timeout_s=5)
    with pytest.raises(RemoteUnavailable):
        remote.get_quotes(product_ids=[LAMP])


@pytest.mark.filterwarnings(r"ignore:[\s\S]*Eventlet is deprecated")
def test_a_broker_without_the_service_is_noticed_at_once(servers):
    # A virtual host of its own: the service's queue outlives the service.
    with testing.scratch_vhost() as broker:
        ask = ProxyPerThread("catalog", amqp_url=broker["AMQP_URL"], timeout_s=5)
        with pytest.raises(RemoteUnavailable, match="UnknownService"):
            RemoteCatalog(ask=ask, timeout_s=5).get_quotes(product_ids=[LAMP])


@pytest.mark.filterwarnings(r"ignore:[\s\S]*Eventlet is deprecated")
def test_a_broker_that_accepts_and_says_nothing_costs_the_deadline_only():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}/x"
        remote = RemoteCatalog(
            ask=ProxyPerThread("catalog", amqp_url=url, timeout_s=0.1), timeout_s=0.1
        )
        started = time.monotonic()
        with pytest.raises(RemoteUnavailable):
            remote.get_quotes(product_ids=[LAMP])
        assert time.monotonic() - started < 2


CALLING_IN_VAIN = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monolith.config.settings.test")
from uuid import uuid4
from monolith.catalog.remote import RemoteCatalog
from monolith.seams.rpc import ProxyPerThread, RemoteUnavailable
remote = RemoteCatalog(ask=ProxyPerThread("catalog", amqp_url=sys.argv[1], timeout_s=0.1), timeout_s=0.1)
try:
    remote.get_quotes(product_ids=[uuid4()])
except RemoteUnavailable:
    print("in vain")
"""


def test_a_process_ends_although_a_call_hangs_in_a_silent_broker():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}/x"
        ended = subprocess.run(
            [sys.executable, "-c", CALLING_IN_VAIN, url],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (0, "in vain\n"), ended.stderr
