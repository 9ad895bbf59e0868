"""What grows is told from what only swings."""

import math
import re
from pathlib import Path

import kombu.pools
import pytest

from chaos import bounds
from chaos.bounds import LIMITS, judge
from chaos.gauges import BROKER, CONNECTIONS, MEMORY, QUEUES, RABBITMQ, USED, Reading

EVERY_S = 5.0
READINGS = 120


def readings(value, *, kind=MEMORY, name="monolith"):
    """Ten minutes of one gauge: `value` of the share of the time that is over."""
    return [
        Reading(at=n * EVERY_S, values={kind: {name: value(n / READINGS)}}) for n in range(READINGS)
    ]


def judged(value, **what):
    (found,) = judge(readings(value, **what))
    return found


def test_what_stays_is_bounded() -> None:
    found = judged(lambda share: 150 + 10 * math.sin(40 * share))
    assert found.is_bounded
    assert abs(found.growth) < 5


def test_a_leak_is_not_bounded() -> None:
    found = judged(lambda share: 150 + 200 * share)
    assert not found.is_bounded
    assert 130 < found.growth < 150


@pytest.mark.parametrize("name", [RABBITMQ, RABBITMQ + USED])
def test_the_broker_may_neither_have_nor_use_more_and_more(name: str) -> None:
    assert not judged(lambda share: 100 + 150 * share, name=name).is_bounded


def test_what_a_broker_uses_warms_up_anew_when_it_began_anew() -> None:
    found = []
    for n in range(READINGS):
        at = n * EVERY_S
        age = at - 400 if at >= 400 else at
        memory = {MEMORY: {RABBITMQ + USED: 100 + 150 * min(1, age / 80)}}
        found.append(Reading(at=at, values=memory, pids={RABBITMQ: 1 if at < 400 else 2}))
    (one,) = judge(found)
    assert one.is_bounded, one


def test_the_warm_up_is_no_leak() -> None:
    assert judged(lambda share: 50 + 300 * min(share, 0.25)).is_bounded


def lives(value, *, killed_at):
    """Memory of a program in several lives: `value` of the seconds that each has lasted."""
    found, began = [], 0.0
    for n in range(READINGS):
        at = n * EVERY_S
        began = max([when for when in killed_at if when <= at], default=0.0)
        memory = {MEMORY: {"postgresql": value(at - began)}}
        found.append(Reading(at=at, values=memory, pids={"postgresql": 100 + int(began)}))
    return found


@pytest.mark.parametrize("killed_at", [(), (190, 320), (130, 180, 310), (400,)])
def test_a_program_that_began_anew_warms_up_anew(killed_at):
    (found,) = judge(lives(lambda age: 100 + 150 * min(1, age / 80), killed_at=killed_at))
    assert found.is_bounded, found


@pytest.mark.parametrize("killed_at", [(), (190, 320), (130, 180, 310), (400,)])
def test_to_begin_anew_hides_no_leak(killed_at):
    (found,) = judge(lives(lambda age: 100 + 150 * age / 300, killed_at=killed_at))
    assert not found.is_bounded, found


def test_who_is_killed_again_and_again_is_judged_all_the_same():
    often = range(60, 600, 60)
    (found,) = judge(lives(lambda _: LIMITS[MEMORY].most + 1, killed_at=often))
    assert not found.is_bounded


def test_a_queue_may_fill_while_its_reader_is_dead() -> None:
    assert judged(lambda share: 900 if 0.5 < share < 0.6 else 0, kind=QUEUES).is_bounded
    assert not judged(lambda share: 900 * share, kind=QUEUES).is_bounded


def test_too_much_is_too_much_however_steady() -> None:
    most = LIMITS[CONNECTIONS].most
    assert not judged(lambda _: most + 1, kind=CONNECTIONS).is_bounded


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, one in LIMITS.items() for name in one.pools]
)
def test_a_pool_may_grow_to_its_width_and_no_further(kind, name):
    width = LIMITS[kind].pools[name]
    assert judged(lambda share: 2 + (width - 2) * share, kind=kind, name=name).is_bounded
    assert not judged(lambda share: 2 + width * share, kind=kind, name=name).is_bounded


def test_what_has_no_pool_may_not_grow() -> None:
    assert not judged(lambda share: 2 + 8 * share, kind=BROKER, name="orders-relay").is_bounded


def of_code(path: str, pattern: str) -> int:
    text = (Path(__file__).parents[2] / path).read_text(encoding="utf-8")
    (found,) = re.findall(pattern, text)
    return int(found)


def test_the_pools_are_as_wide_as_the_code_makes_them() -> None:
    assert of_code("monolith/gunicorn.conf.py", r"(?m)^workers = (\d+)") == 2
    size = of_code("monolith/config/settings/dev.py", r'"max_size": (\d+)')
    assert size == bounds.MONOLITH_POOL
    workers = of_code("extracted/chassis/config.py", r"max_workers: int = (\d+)")
    assert workers // 2 == bounds.SERVICE_POOL
    callers = of_code("monolith/seams/rpc.py", r"(?m)^CALLERS = (\d+)")
    assert callers == bounds.RPC_CALLERS
    asked = list(Path(__file__).parents[2].glob("monolith/*/remote.py"))
    assert len(asked) == 4
    assert kombu.pools.get_limit() == bounds.PUBLISHERS


def test_what_was_hardly_read_is_not_judged() -> None:
    assert judge(readings(lambda _: 1.0)[:5]) == []
    assert judge([]) == []
