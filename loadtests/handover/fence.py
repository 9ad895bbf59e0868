"""What the fence costs a write, on the path that Django takes, beside the same write without it."""

from __future__ import annotations

import sys

from loadtests.services import commands
from loadtests.services.measured import AT_MOST, Part, Ratio
from loadtests.services.shop import Shop

TIMES_BARE = 1.10
TURNS_OF_A_ROUND = 10


def measure(shop: Shop, *, rounds: int) -> Part:
    """Take turns in a database of its own: a shop in which somebody writes keeps its fence."""
    turns = rounds * TURNS_OF_A_ROUND
    shop.say(f"fence: {turns} turns with it and without it")
    command = (
        sys.executable,
        "-m",
        "monolith.manage",
        "fence_cost",
        "--json",
        "--rounds",
        str(turns),
    )
    found = commands.ask("stack", "scratch", "--", *command)
    ratio = Ratio(
        name="a write with the fence, of one without",
        value=float(found.pop("ratio")),
        target=TIMES_BARE,
        sense=AT_MOST,
    )
    return Part(name="fence", ratios=(ratio,), figures=found)
