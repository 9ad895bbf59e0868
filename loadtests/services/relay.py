"""The relay: a burst of facts beside the raw broker, and a trickle from commit to handled.

* **fact**: one product whose version goes up, written as the monolith's own actions write it, by
  SQL: through HTTP the web server would be measured. Nothing of the product changes but its version.
* **handled**: applied and committed by the service's applier, as its database says it.
* **at rest**: the receiver's process is halted for the burst, as nobody takes the raw broker's messages.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from loadtests.services import commands
from loadtests.services.errors import BenchError
from loadtests.services.facts import GIVE_UP_S, await_applied, write
from loadtests.services.measured import AT_MOST, Part, Ratio, percentile, ratio_of
from loadtests.services.shop import Shop
from loadtests.services.trickle import FACTS_PER_S, trickle

POSITION = "shadow"
RECEIVER = "catalog-applier"
OF_RAW = 0.5
P99_MS = 250.0
LOOK_S = 0.5

_PUBLISHED = """
SELECT count(*), count(published_at), extract(epoch FROM max(published_at))::float,
       max(stream_sequence)
  FROM handover.outbox WHERE domain = 'catalog' AND correlation_id = %s
"""


def measure(shop: Shop, *, facts: int, rounds: int, seconds: int) -> Part:
    """Bursts in turns with the raw broker, then a steady trickle."""
    if shop.position("catalog") in {"monolith", "cutover"}:
        shop.place("catalog", POSITION)
    alone, relayed, raw, size = [], [], [], 0
    for number in range(rounds):
        shop.say(f"relay: two bursts of {facts} facts, round {number + 1} of {rounds}")
        with _at_rest(shop, RECEIVER):
            rate, last = _burst(shop, facts)
        await_applied(shop, last)
        alone.append(rate)
        rate, last = _burst(shop, facts)
        await_applied(shop, last)
        relayed.append(rate)
        beside = commands.ask("handover.bench", "--messages", str(facts))
        raw.append(beside["messages"] / beside["seconds"])
        size = beside["bytes"] // beside["messages"]
    shop.say(f"relay: {FACTS_PER_S:.0f} facts a second for {seconds} s")
    written, took = trickle(shop, seconds=seconds)
    figures = {
        "facts/s of the relay, receiver at rest, median": round(percentile(alone, 50)),
        "facts/s of the relay, receiver at work, median": round(percentile(relayed, 50)),
        "messages/s of the broker alone, median": round(percentile(raw, 50)),
        "bytes of a message": size,
        "facts/s written in the trickle": round(written, 1),
        "commit to handled, p50 ms": round(percentile(took, 50), 1),
        "commit to handled, longest ms": round(max(took), 1),
    }
    return Part(name="relay", ratios=_ratios(alone, relayed, raw, took), figures=figures)


def _ratios(
    alone: Sequence[float], relayed: Sequence[float], raw: Sequence[float], took: Sequence[float]
) -> tuple[Ratio, ...]:
    broker = percentile(raw, 50)
    return (
        Ratio(
            name="a burst, commit to last confirm, of the raw confirmed rate",
            value=ratio_of(percentile(alone, 50), broker),
            target=OF_RAW,
        ),
        Ratio(
            name="the same while its receiver applies it on the same processors",
            value=ratio_of(percentile(relayed, 50), broker),
        ),
        Ratio(
            name="commit to handled, p99 at 200 facts/s",
            value=percentile(took, 99),
            target=P99_MS,
            sense=AT_MOST,
            unit="ms",
        ),
    )


@contextmanager
def _at_rest(shop: Shop, program: str) -> Iterator[None]:
    (pid,) = shop.pids(program)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _burst(shop: Shop, facts: int) -> tuple[float, int]:
    """So many facts in one transaction: confirms a second from its commit on, and the last number."""
    mark = f"bench-{uuid.uuid4()}"
    with psycopg.connect(shop.environment["MONOLITH_DATABASE_URL"]) as database:
        made = write(database, mark=mark, after=0, facts=facts)
        database.commit()
    committed = time.time()
    with psycopg.connect(shop.auditor("monolith"), autocommit=True) as database:
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            row = database.execute(_PUBLISHED, (mark,)).fetchone()
            if row and row[0] and row[0] == row[1]:
                break
            if time.monotonic() > deadline:
                raise BenchError(f"the relay published {row} of {made} facts in {GIVE_UP_S:.0f} s")
            # To ask reads the outbox, which the relay is at; the time is the database's, not ours.
            time.sleep(LOOK_S)
    return made / (float(row[2]) - committed), int(row[3])
