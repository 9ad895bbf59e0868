"""What a kill may not do. Pure.

It may fail the requests that were in the victim's hands, or that came while it was away. And a mail is
sent *at least* once (decision 12): whoever dies between the mail server's yes and the mark of it, or
whose database does, has it sent again with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from chaos.cases import DATABASE, POSTMASTERS
from loadtests.findings import Finding
from loadtests.verdict import Verdict
from stack.clusters import MONOLITH

# How long the judge waits for rest. Who dies leaves what it had in hand leased for a minute
# (`LEASE_S`); whoever takes it up then may die of the same outage, and leases it once more.
SETTLE_S = 150.0
FELT = "failed"
MAILED_TWICE = "mails doubled"
# Who sends, and where it is marked.
_DATABASES = {DATABASE, POSTMASTERS[MONOLITH], POSTMASTERS["notifications"]}
SENDERS = frozenset({*_DATABASES, "monolith-chores", "notifications-chores"})
_SENT = "was sent"


def harm_of(verdict: Verdict, *, killed: Collection[str]) -> Mapping[str, tuple[Finding, ...]]:
    """Every finding that the deaths of these do not excuse, by its name."""
    found = {name: wrongs for name, wrongs in verdict.wrongs.items() if wrongs and name != FELT}
    if SENDERS & set(killed):
        # Two mails about one thing are never excused: those were written twice.
        twice = tuple(one for one in found.pop(MAILED_TWICE, ()) if _SENT not in one.detail)
        found |= {MAILED_TWICE: twice} if twice else {}
    return found
