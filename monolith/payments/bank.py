"""The provider behind HTTP: a bank, which does each operation once, whoever of us asks for it.

It is no part of the shop and knows nothing of handovers: both sides ask it under the same ids.
"""

import logging
from collections.abc import Iterable
from functools import cached_property
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

from monolith.payments.provider import ProviderSilent, Question, Reply

CONNECT_TIMEOUT_S = 0.5
# As much of a reason as its column takes.
REASON_LENGTH = 200

log = logging.getLogger(__name__)


class Bank:
    """The Provider protocol over HTTP; one pool of connections per process."""

    def __init__(
        self,
        url: str | None = None,
        *,
        timeout_s: float | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = settings.BANK_URL if url is None else url
        self._timeout_s = settings.BANK_TIMEOUT_S if timeout_s is None else timeout_s
        self._transport = transport

    def ask(self, question: Question) -> Iterable[Reply]:
        """Ask within the deadline; raises ProviderSilent for whatever is no answer."""
        path = f"/operations/{question.operation_id}"
        try:
            answer = self._client.put(path, json=_body(question))
            if answer.status_code != HTTPStatus.OK:
                # Nothing that more asking mends, but only the bank knows whether money moved.
                log.error("the bank refuses to answer", extra={"status": answer.status_code})
                raise ProviderSilent(f"status {answer.status_code}")
            return tuple(_reply(item) for item in answer.json()["answers"])
        except (httpx.TransportError, ValueError, KeyError, TypeError) as error:
            raise ProviderSilent(repr(error)) from error

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._url,
            timeout=httpx.Timeout(self._timeout_s, connect=CONNECT_TIMEOUT_S),
            transport=self._transport,
            trust_env=False,
        )


def _body(question: Question) -> dict[str, Any]:
    return {
        "payment_id": str(question.payment_id),
        "kind": question.kind,
        "amount": question.amount.amount,
        "currency": question.amount.currency,
        "card_token": question.card_token,
    }


def _reply(item: dict[str, Any]) -> Reply:
    reason = item["reason"]
    return Reply(
        operation_id=UUID(item["operation_id"]),
        accepted=item["accepted"] is True,
        reason=None if reason is None else str(reason)[:REASON_LENGTH],
    )
