"""Tables of what was counted beside the load: hops, where time goes, and how both were set."""

from __future__ import annotations

from loadtests.compare.numbers import NOTHING, short
from loadtests.compare.subjects import AFTER, BEFORE, ROLES
from loadtests.compare.summary import Summary
from loadtests.compare.table import Table

MOST_PACKAGES = 8


def hops(summary: Summary) -> Table:
    sides = {
        role: {(h.journey, h.task): h for h in stood.hops} for role, stood in summary.stood.items()
    }
    rows = []
    for key in dict.fromkeys(key for side in sides.values() for key in side):
        cells = []
        for role in ROLES:
            found = sides.get(role, {}).get(key)
            if found is None or not found.requests:
                cells += [NOTHING, NOTHING]
            else:
                cells += [short(found.per_request), short(found.rpc / found.requests)]
        rows.append((f"{key[0]}: {key[1].replace('_', ' ')}", *cells))
    means = [cell for role in ROLES for cell in (short(summary.hops.get(role)), "")]
    return Table(
        title="Hops for each request",
        note=(
            "Counted, with one person in the shop: questions at the gateway, at whoever answers, and two"
            " for each over the broker. Databases and the bank are not hops."
        ),
        columns=("what", "before", "of them RPC", "after", "of them RPC"),
        rows=(*rows, ("all", *means)),
    )


def profile(summary: Summary) -> Table:
    rows = [
        (
            role,
            side,
            ", ".join(f"{name} {part:.0%}" for name, part in [*shares.items()][:MOST_PACKAGES]),
        )
        for role, stood in summary.stood.items()
        for side, shares in stood.profile.items()
    ]
    return Table(
        title="Where the time goes in who answers",
        note=(
            "py-spy, one process of each side; of the time in which it held the Python interpreter, the share"
            " of each package. Who waits does not hold it."
        ),
        columns=("subject", "process", "packages"),
        rows=tuple(rows),
    )


def settings(summary: Summary) -> Table:
    sides = [summary.stood[role].settings if role in summary.stood else {} for role in ROLES]
    names = dict.fromkeys(name for side in sides for name in side)
    rows = tuple((name, *(side.get(name, NOTHING) for side in sides)) for name in names)
    counts = tuple(
        str(summary.stood[role].processes) if role in summary.stood else NOTHING for role in ROLES
    )
    return Table(
        title="Settings",
        note="What a fair comparison needs alike, and what differs.",
        columns=("what", BEFORE, AFTER),
        rows=(*rows, ("processes under the supervisor", *counts)),
    )
