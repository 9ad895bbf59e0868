"""Sign in, go on, sign out.

Nothing here is answered from a record of commands: tokens are not kept. The Idempotency-Key stands
on the session instead, and a repeated request gets the same refresh token computed again.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from extracted.contracts import customers as language
from extracted.contracts.problems import ProblemError
from monolith.customers import keys, models, passwords, throttle, tokens

SESSION_LIFETIME = timedelta(days=30)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A session to hand out; `replayed` when the same request had it before."""

    session: language.Session
    replayed: bool


def sign_in(command: language.SignIn, *, key: UUID, address: str) -> Begun:
    """Begin a session; raises ProblemError 401 or 429."""
    throttle.admit(email=command.email, address=address)
    customer = models.Customer.of_address(command.email).first()
    if not passwords.fits(command.password, customer.password if customer else None):
        raise ProblemError("wrong-credentials")
    assert customer is not None  # noqa: S101 - no password fits nobody
    throttle.forgive(email=command.email, address=address)
    return _begin(customer, key=key)


def go_on(token: str, *, key: UUID) -> Begun:
    """Exchange a refresh token for the next; raises ProblemError 401."""
    asked = tokens.read_refresh_token(token)
    try:
        with transaction.atomic():
            session = _locked(asked.session_id)
            replayed = asked.generation + 1 == session.generation and session.made_by == key
            if not replayed:
                _advance(session, asked=asked, key=key)
    except IntegrityError:
        raise ProblemError("idempotency-key-reused") from None
    if session.ended_at:
        # Outside the transaction: the end of the session must be committed.
        log.warning("a used refresh token came again", extra={"session": str(session.id)})
        raise ProblemError("session-ended", "The refresh token was used before.")
    return Begun(session=_shown(session), replayed=replayed)


def sign_out(token: str) -> None:
    """End the session of a refresh token; one that has ended stays so."""
    asked = tokens.read_refresh_token(token)
    models.Session.objects.filter(pk=asked.session_id, ended_at=None).update(
        ended_at=timezone.now()
    )


def sign_out_everywhere(customer_id: UUID) -> None:
    """End all sessions of a customer; access tokens run out by themselves."""
    models.Session.objects.filter(customer_id=customer_id, ended_at=None).update(
        ended_at=timezone.now()
    )


def forget_old(*, at_once: int) -> int:
    """Delete some sessions that are over, the oldest first; return how many."""
    over = models.Session.objects.filter(expires_at__lt=timezone.now()).order_by("expires_at")
    ids = list(over.values_list("pk", flat=True)[:at_once])
    models.Session.objects.filter(pk__in=ids).delete()
    return len(ids)


def _begin(customer: models.Customer, *, key: UUID) -> Begun:
    session = models.Session(
        id=uuid7(),
        customer=customer,
        made_by=key,
        expires_at=timezone.now() + SESSION_LIFETIME,
    )
    try:
        with transaction.atomic():
            session.save(force_insert=True)
    except IntegrityError:
        known = models.Session.objects.select_related("customer").filter(made_by=key).first()
        if known is None or not _is_fresh(known, customer=customer):
            raise ProblemError("idempotency-key-reused") from None
        return Begun(session=_shown(known), replayed=True)
    return Begun(session=_shown(session), replayed=False)


def _locked(session_id: UUID) -> models.Session:
    found = models.Session.objects.select_related("customer").select_for_update(of=("self",))
    session = found.filter(pk=session_id).first()
    if session is None or session.ended_at or session.expires_at < timezone.now():
        raise ProblemError("session-ended")
    return session


def _advance(session: models.Session, *, asked: tokens.Refresh, key: UUID) -> None:
    if asked.generation == session.generation:
        session.generation += 1
        session.made_by = key
    else:
        # Two hold tokens of one chain. Which of them is the thief we cannot know: both are out.
        session.ended_at = timezone.now()
    session.save(update_fields=["generation", "made_by", "ended_at"])


def _is_fresh(session: models.Session, *, customer: models.Customer) -> bool:
    is_theirs = session.customer_id == customer.id
    return is_theirs and session.generation == 1 and session.ended_at is None


def _shown(session: models.Session) -> language.Session:
    return language.Session(
        customer_id=session.customer_id,
        access_token=tokens.access_token(session.customer),
        expires_in_s=int(keys.ACCESS_LIFETIME.total_seconds()),
        refresh_token=tokens.refresh_token(session),
    )
