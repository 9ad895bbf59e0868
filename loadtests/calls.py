"""How a well-behaved client calls: it keeps connections, and asks again when it got no answer.

* **attempt**: one request on the wire. **call**: one wish of a person, with all its attempts.

Only silence is retried (time-out, broken connection), a write with the same Idempotency-Key. An
answer is an answer: a 503 is a failure, however politely it asks to come back. Only a 401 is met
with a new access token, once, inside the same attempt: nothing was done when it was answered.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from greenlet import GreenletExit
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.exception import CatchResponseError

from loadtests.broken import show_broken_connections
from loadtests.ledger import STOPPED, Intent, Kind
from loadtests.notebook import Notebook
from loadtests.samples import Sample
from loadtests.sessions import NotSignedIn, Session
from loadtests.wire import Answer, Request

READ_DEADLINE_S = 15.0
WRITE_DEADLINE_S = 30.0
FIRST_BACKOFF_S = 0.05
LONGEST_BACKOFF_S = 1.0


class Caller:
    """Makes one person's calls, and notes each in the notebook and in Locust's statistics."""

    def __init__(
        self,
        *,
        session: FastHttpSession,
        environment: Environment,
        journey: str,
        notebook: Notebook,
    ) -> None:
        self._session = session
        self._environment = environment
        self._journey = journey
        self._notebook = notebook
        self._who: Session | None = None
        show_broken_connections(session)

    def sign_in(self, who: Session) -> None:
        """Act as a customer from now on; raises NotSignedIn."""
        who.token(self.ask)
        self._who = who

    def ask(self, request: Request) -> Answer:
        """Ask for a session: no write of the shop's, so it is in no ledger."""
        started, clock = time.time(), time.perf_counter()
        answer = self._until_answered(request, deadline=WRITE_DEADLINE_S, token=None)
        self._note(request, answer, started, clock, ok=answer.ok)
        return answer

    def read(
        self,
        path: str,
        *,
        name: str,
        expected: Collection[int] = (200,),
        seen: Callable[[Answer], bool] = lambda _: True,
    ) -> Answer:
        """One read; it counts as a failure unless its status is expected and `seen` agrees."""
        request = Request(method="GET", path=path, name=name)
        token = self._token()
        started, clock = time.time(), time.perf_counter()
        answer = self._until_answered(request, deadline=READ_DEADLINE_S, token=token)
        ok = answer.status in expected and seen(answer)
        self._note(request, answer, started, clock, ok=ok)
        return answer

    def write(
        self,
        method: str,
        path: str,
        *,
        name: str,
        kind: Kind,
        body: dict[str, Any] | None = None,
        mark: str | None = None,
        aggregate: str | None = None,
        refusals: Collection[int] = (),
    ) -> Answer:
        """One write, done once; `refusals` are the statuses that a person had to expect as well."""
        intent = Intent(key=str(uuid.uuid4()), kind=kind, mark=mark, aggregate=aggregate)
        request = Request(method=method, path=path, name=name, body=body, key=intent.key)
        # Before anything is noted: who is not let in has wanted nothing yet.
        token = self._token()
        started, clock = time.time(), time.perf_counter()
        try:
            answer = self._until_answered(
                request, deadline=WRITE_DEADLINE_S, token=token, intent=intent
            )
        except GreenletExit:
            self._notebook.ledger.unknown(intent.key, reason=STOPPED)
            raise
        self._notebook.learned(intent, answer, refusals=refusals)
        ok = answer.ok or answer.status in refusals
        self._note(request, answer, started, clock, ok=ok)
        return answer

    def _until_answered(
        self,
        request: Request,
        *,
        deadline: float,
        token: str | None,
        intent: Intent | None = None,
    ) -> Answer:
        give_up_at, attempt, backoff = time.monotonic() + deadline, 1, FIRST_BACKOFF_S
        while True:
            if intent is not None:
                self._notebook.ledger.sent(intent, attempt=attempt)
            answer = self._attempt(request, token)
            if answer.status or time.monotonic() + backoff > give_up_at:
                return replace(answer, attempts=attempt)
            if intent is not None:
                self._notebook.ledger.unknown(intent.key, reason=answer.reason or "silence")
            # Locust has made this sleep give way to others.
            # Spread out: people who lost the same connection must not come back as one.
            time.sleep(backoff * random.uniform(0.5, 1.5))
            attempt, backoff = attempt + 1, min(backoff * 2, LONGEST_BACKOFF_S)

    def _attempt(self, request: Request, token: str | None) -> Answer:
        answer = self._send(request, token)
        if answer.status != HTTPStatus.UNAUTHORIZED or self._who is None or token is None:
            return answer
        try:
            return self._send(request, self._who.renewed(token, self.ask))
        except NotSignedIn:
            return answer

    def _token(self) -> str | None:
        # It outlives the call: it is renewed longer ahead of its end than a call may last.
        return None if self._who is None else self._who.token(self.ask)

    def _send(self, request: Request, token: str | None) -> Answer:
        # A response caught and never entered fires no event: the call is reported once, by _note.
        response = self._session.request(
            request.method,
            request.path,
            name=request.name,
            json=request.body,
            headers=request.headers(token=token),
            catch_response=True,
            allow_redirects=False,
        )
        if not response.status_code:
            return Answer.silence(getattr(response, "error", None))
        return Answer.of(
            status=response.status_code,
            headers=response.headers or {},
            content=response.content,
        )

    def _note(
        self, request: Request, answer: Answer, started: float, clock: float, *, ok: bool
    ) -> None:
        latency_ms = (time.perf_counter() - clock) * 1000
        self._notebook.samples.add(
            Sample(
                at=started,
                name=request.name,
                journey=self._journey,
                method=request.method,
                status=answer.status,
                latency_ms=latency_ms,
                served_by=answer.served_by,
                ok=ok,
                attempts=answer.attempts,
            )
        )
        self._environment.events.request.fire(  # type: ignore[no-untyped-call]
            request_type=request.method,
            name=request.name,
            response_time=latency_ms,
            response_length=0,
            context={"journey": self._journey},
            start_time=started,
            url=request.path,
            response=None,
            exception=None if ok else _failure(answer),
        )


def _failure(answer: Answer) -> CatchResponseError:
    return CatchResponseError(f"{answer.status} {answer.reason or answer.body.get('type', '')}")
