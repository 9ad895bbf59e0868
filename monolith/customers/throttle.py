"""Let nobody guess passwords, nor have us hash them without end: count tries before they are checked.

The right ones are forgiven. Counted first, so that many guesses at once are not more guesses. By
account, so that a botnet gains nothing; by address, so that one guess at each of many accounts does not
go unnoticed.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import connection

from extracted.contracts.problems import ProblemError

WINDOW = timedelta(minutes=15)

_COUNT = """
INSERT INTO customers_signincount AS known (subject, tries, since)
VALUES (%(subject)s, 1, clock_timestamp())
ON CONFLICT (subject) DO UPDATE SET
    tries = CASE WHEN known.since < clock_timestamp() - %(window)s::interval THEN 1
                 ELSE least(known.tries + 1, 1000000) END,
    since = CASE WHEN known.since < clock_timestamp() - %(window)s::interval THEN clock_timestamp()
                 ELSE known.since END
RETURNING tries, ceil(extract(epoch FROM since + %(window)s::interval - clock_timestamp()))
"""
_FORGIVE_ONE = "UPDATE customers_signincount SET tries = tries - 1 WHERE subject = %s AND tries > 0"
_FORGIVE_ALL = "DELETE FROM customers_signincount WHERE subject = %s"
# Who is counted anew meanwhile is looked at again, and stays.
_FORGET = """
DELETE FROM customers_signincount WHERE since < statement_timestamp() - %(window)s::interval
   AND subject = ANY(ARRAY(SELECT subject FROM customers_signincount
                            WHERE since < statement_timestamp() - %(window)s::interval
                            ORDER BY since LIMIT %(at_once)s))
"""


def admit(*, email: str, address: str) -> None:
    """Count a try; raises ProblemError 429 when there were too many."""
    # Always in this order: two tries of one account would else wait for each other's rows.
    limits = (
        (_account(email), settings.SIGN_IN_TRIES),
        (_place(address), settings.SIGN_IN_TRIES_PER_ADDRESS),
    )
    waits = [_count(subject, limit=limit) for subject, limit in limits]
    if wait_s := max(waits):
        detail = "Too many tries to sign in; wait, then try again."
        raise ProblemError("too-many-requests", detail, headers={"Retry-After": str(wait_s)})


def admit_newcomer(*, address: str) -> None:
    """Count a registration, before its password is hashed; raises ProblemError 429."""
    subject = _subject("newcomers", address)
    if wait_s := _count(subject, limit=settings.REGISTRATIONS_PER_ADDRESS):
        detail = "Too many registrations from this address; wait, then try again."
        raise ProblemError("too-many-requests", detail, headers={"Retry-After": str(wait_s)})


def forgive(*, email: str, address: str) -> None:
    """Forget the tries of an account whose password was right, and this one of its address."""
    _execute(_FORGIVE_ALL, _account(email))
    _execute(_FORGIVE_ONE, _place(address))


def forget_old(*, at_once: int) -> int:
    """Delete some counts of windows that are over, the oldest first; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"window": str(WINDOW), "at_once": at_once})
        gone: int = cursor.rowcount
    return gone


def _count(subject: str, *, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"subject": subject, "window": str(WINDOW)})
        tries, left_s = cursor.fetchone()
    return max(int(left_s), 1) if tries > limit else 0


def _execute(statement: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])


def _account(email: str) -> str:
    # Letter by letter, as PostgreSQL does it: under two names one account would have twice the tries.
    return _subject("account", "".join(letter.lower()[0] for letter in email))


def _place(address: str) -> str:
    return _subject("address", address)


def _subject(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()
