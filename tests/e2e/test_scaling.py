"""Instances come and go while people shop: the gateway follows, and nobody notices."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from string import Template

import psutil
import pytest

from kong_admin import KongAdmin, read_weights
from stack import profile as profiles
from stack import programs
from stack.services import SERVICES
from strangler import plans
from tests.conftest import ROOT, System
from tests.docs.markdown import commands
from tests.e2e.conftest import People
from tests.e2e.knocking import WRITERS, knocking
from tests.strangling.waiting import eventually

TEST = profiles.load(profiles.Kind.TEST)
# The passive check's tcp_failures, and who was on the way meanwhile.
REFUSED = 3 + WRITERS
# What the active check needs at most: two failures, one a second.
NOTICED_S = 4.0
SERVICE = {service.name: service for service in SERVICES}
UPSTREAMS = SERVICE["catalog"].upstreams

Scale = Callable[[int], None]


@pytest.fixture
def seam() -> str:
    return "catalog"


@pytest.fixture
def scale(system: System, seam: str) -> Iterator[Scale]:
    """As an operator types it; two instances afterwards, as before."""

    def to(number: int) -> None:
        system.run("stack", "scale", "--profile", "test", seam, str(number))

    yield to
    to(2)


@pytest.fixture
def placed(system: System, people: People, at, seam: str, request):
    """People shop at the position that the test names."""
    needs = plans.load(seam, environ=system.variables).needs
    for needed in needs:
        at("cutover", seam=needed)
    at(request.param, seam=seam)
    yield people
    # Whom another seam needs cannot go back, and other tests want it to.
    people.go_home()
    for each in (seam, *needs) if needs else ():
        at("monolith", seam=each)


@pytest.fixture
def admin(system: System) -> Iterator[KongAdmin]:
    with KongAdmin(system.variables["KONG_ADMIN_URL"]) as admin:
        yield admin


def target(number: int, seam: str = "catalog") -> str:
    return f"127.0.0.1:{TEST.port(SERVICE[seam].instance_port(number))}"


def answered(system: System) -> set[str]:
    """The addresses that have answered reads, by the gateway's log."""
    lines = Path(system.variables["GATEWAY_ACCESS_LOG"]).read_text().splitlines()
    entries = (json.loads(line) for line in lines if line.endswith("}"))
    return {f"{t['ip']}:{t['port']:g}" for entry in entries for t in entry["tries"][-1:]}


def assert_steered(admin: KongAdmin, monolith: str, *, numbers: range, reads: int) -> None:
    """Whoever is there has an equal part, and all of them exactly the position's share."""
    percents = {"catalog-read": reads, "catalog-write": 0, "catalog-opt-in": 100}
    for upstream, percent in percents.items():
        weights = read_weights(admin, upstream)
        rest = weights.pop(monolith)
        assert weights == dict.fromkeys(map(target, numbers), percent), upstream
        assert 100 * sum(weights.values()) == percent * (rest + sum(weights.values()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seam", "placed"),
    [
        ("catalog", "cutover"),
        ("catalog", "canary-50"),
        ("inventory", "cutover"),
        ("orders", "cutover"),
    ],
    indirect=["placed"],
)
def test_from_one_to_three_and_back_under_load_fails_no_request(system, placed, seam, scale, admin):
    scale(1)
    with knocking(system, seam) as knocks:
        Path(system.variables["GATEWAY_ACCESS_LOG"]).write_text("")
        scale(3)
        knocks.go_on()
        eventually(
            lambda: answered(system) >= {target(n, seam) for n in (1, 2, 3)},
            what="each instance to have answered",
        )
        scale(1)
        knocks.go_on()
    print(f"{dict(knocks.count)} requests, slowest {knocks.slowest_ms:.0f} ms")
    assert knocks.failures == {}
    for upstream in SERVICE[seam].upstreams:
        assert read_weights(admin, upstream).keys() == {
            system.variables["MONOLITH_TARGET"],
            target(1, seam),
        }
    verdict = placed.verdict()
    assert verdict.clean, verdict.wrongs


@pytest.mark.slow
@pytest.mark.parametrize("placed", ["canary-25"], indirect=True)
def test_the_share_of_a_canary_is_the_same_for_any_number_and_a_move_steers_all(
    system, placed, scale, admin
):
    monolith = system.variables["MONOLITH_TARGET"]
    for number in (3, 1, 3):
        scale(number)
        assert_steered(admin, monolith, numbers=range(1, number + 1), reads=25)
        assert system.strangler("status", "catalog")["reads_to_service"] == 25
    assert system.strangler("advance", "catalog")["ok"]
    assert_steered(admin, monolith, numbers=range(1, 4), reads=50)
    assert system.strangler("retreat", "catalog", "--to", "canary-5")["ok"]
    assert_steered(admin, monolith, numbers=range(1, 4), reads=5)
    assert system.run("strangler", "drift").startswith("no drift")
    verdict = placed.verdict()
    assert verdict.clean, verdict.wrongs


@pytest.mark.slow
@pytest.mark.parametrize("placed", ["cutover"], indirect=True)
@pytest.mark.parametrize("whole", [False, True], ids=["the service", "its registrar too"])
def test_killing_an_instance_fails_only_what_it_had_in_hand(system, placed, scale, admin, whole):
    scale(3)
    kills = []
    with knocking(system) as knocks:
        for victim in ("catalog-2", "catalog-3"):
            kills.append(time.monotonic())
            kill(victim, whole=whole)
            knocks.go_on()
            programs.await_ready(victim, profile=TEST)
            eventually(partial(is_back, admin, victim), what=f"{victim} to be back", timeout_s=30)
    print(f"{dict(knocks.count)} requests, {dict(knocks.failures)}, {knocks.slowest_ms:.0f} ms")
    # A read is asked again elsewhere, so none fails. A write may have been done, so it is not; who
    # sent it asks again with its key. Each of the writers has one in the victim's hand at most, and a
    # few find the port closed until the gateway has counted enough of them.
    assert {kind for kind, _ in knocks.failures} <= {"write"}
    in_hand, refused = WRITERS, REFUSED if whole else 0
    assert knocks.failures.total() <= len(kills) * (in_hand + refused)
    late = [k for k in knocks.all if k.failed and min(abs(k.at - at) for at in kills) > NOTICED_S]
    assert late == []
    verdict = placed.verdict()
    harm = {name: found for name, found in verdict.wrongs.items() if found}
    assert harm.keys() <= {"failed"}, harm


@pytest.mark.slow
@pytest.mark.parametrize("placed", ["canary-25"], indirect=True)
def test_what_the_runbook_tells_to_type_does_what_it_tells(system, placed, scale, admin):
    scale(2)
    typed = list(commands(ROOT / "migration-plan" / "runbooks" / "scale.md"))
    counts = [type_in(system, words, admin) for words in typed]
    # Scaled to three, looked at, and scaled back.
    assert counts[0] == 2
    assert 3 in counts
    assert counts[-1] == 1
    assert_steered(admin, system.variables["MONOLITH_TARGET"], numbers=range(1, 2), reads=25)
    verdict = placed.verdict()
    assert verdict.clean, verdict.wrongs


def type_in(system: System, words: list[str], admin: KongAdmin) -> int:
    """Run one command of a document; how many instances there are then."""
    module, *arguments = words if words[0] == "strangler" else words[2:]
    known = [Template(word).substitute(system.variables) for word in arguments]
    system.run(module, *known, *(["--profile", "test"] if module == "stack" else []))
    return len(read_weights(admin, "catalog-read")) - 1


def kill(name: str, *, whole: bool) -> None:
    """`kill -9` of the service, or of what stands beside it as well."""
    if whole:
        programs.kill(name, profile=TEST)
        return
    (service,) = psutil.Process(programs.pid(name, profile=TEST)).children()
    service.send_signal(signal.SIGKILL)
    service.wait(10)


def is_back(admin: KongAdmin, name: str) -> bool:
    address = target(int(name.rpartition("-")[2]))
    return all(read_weights(admin, upstream).get(address) == 100 for upstream in UPSTREAMS)
