"""A run's hearing: its ledger, what the databases hold, what was mailed, and the verdict over it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from loadtests.ledger import read_ledger
from loadtests.mails import DOMAIN, hear_mails
from loadtests.verdict import Verdict, judge
from loadtests.witness import Databases, hear


def judge_run(ledger: Path, environment: Mapping[str, str], *, settle_s: float) -> Verdict:
    """Wait until the streams have come to rest, ask everybody, and judge; raises Unreachable."""
    databases = Databases.of_environment(environment)
    evidence = hear(databases, settle_s=settle_s)
    state = environment.get("STATE_DIR")
    (case,) = (case for case in evidence if case.domain == DOMAIN)
    mails = hear_mails(databases, case, folder=Path(state) / "mail" if state else None)
    return judge(list(read_ledger(ledger)), evidence, mails=mails)
