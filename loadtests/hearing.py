"""A run's hearing: its ledger, what the databases hold, what was mailed, and the verdict over it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from loadtests.books import hear_stock, read_openings
from loadtests.files import RunFiles
from loadtests.ledger import read_ledger
from loadtests.mails import hear_mails
from loadtests.money import hear_money
from loadtests.verdict import Verdict, judge
from loadtests.witness import LOOK_AGAIN_S, Databases, hear


def judge_run(ledger: Path, environment: Mapping[str, str], *, settle_s: float) -> Verdict:
    """Wait until the streams have come to rest, ask everybody, and judge; raises Unreachable.

    News of an order may still wait in the broker for who writes the mails, where no database sees
    them: so a mail that is missing is looked for again until the wait is over.
    """
    databases = Databases.of_environment(environment)
    state, intents = environment.get("STATE_DIR"), list(read_ledger(ledger))
    openings = read_openings(RunFiles(ledger.parent).openings)
    deadline = time.monotonic() + settle_s
    while True:
        evidence = hear(databases, settle_s=max(0.0, deadline - time.monotonic()))
        folder = Path(state) / "mail" if state else None
        mails = hear_mails(databases, folder=folder)
        books = hear_stock(databases, openings=openings)
        charges = hear_money(databases, bank=environment.get("BANK_URL"))
        verdict = judge(intents, evidence, mails=mails, books=books, charges=charges)
        if not verdict.mails_lost or time.monotonic() > deadline:
            return verdict
        time.sleep(LOOK_AGAIN_S)
