"""A run's hearing: its ledger, what the database holds, what was mailed, and the verdict over it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from loadtests.books import hear_stock, read_openings
from loadtests.files import RunFiles
from loadtests.ledger import read_ledger
from loadtests.mails import hear_mails
from loadtests.money import hear_money
from loadtests.verdict import Verdict, judge
from loadtests.witness import Database, hear


def judge_run(ledger: Path, environment: Mapping[str, str], *, settle_s: float) -> Verdict:
    """Wait until everything is at its end, ask everybody, and judge; raises Unreachable."""
    database = Database.of_environment(environment)
    state, intents = environment.get("STATE_DIR"), list(read_ledger(ledger))
    openings = read_openings(RunFiles(ledger.parent).openings)
    evidence = hear(database, settle_s=settle_s)
    folder = Path(state) / "mail" if state else None
    return judge(
        intents,
        evidence,
        mails=hear_mails(database, folder=folder),
        books=hear_stock(database, openings=openings),
        charges=hear_money(database, bank=environment.get("BANK_URL")),
    )
