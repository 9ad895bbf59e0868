"""The bank's HTTP face.

PUT /operations/<id>   do something with a payment, once; {"answers": [...]}, as a rule one
GET /charges           what was done per payment; ?payment_id=, ?after=<number>, ?limit=
PUT /lateness          {"seconds": 2.5}: from now on, answer an operation so much later
GET /healthz, /readyz
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from bank import cards
from bank.books import Asked, Books, OtherTermsError

LARGEST_BODY = 10_000
# Longer than clients keep a connection they do not use.
IDLE_S = 30
LATEST_S = 60.0


class Hangup(Exception):
    """Whoever asked hears nothing."""


@dataclass(slots=True, kw_only=True)
class Service:
    """What the bank does with a request; raises ValueError or KeyError for what makes no sense."""

    books: Books
    late_s: float = 0.0

    def operate(self, operation_id: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do an operation and answer; raises Hangup or OtherTermsError."""
        asked = Asked(
            operation_id=UUID(operation_id),
            payment_id=UUID(document["payment_id"]),
            kind=_one_of(document["kind"], ("authorize", "capture", "void", "refund")),
            amount=_amount(document["amount"]),
            currency=str(document["currency"]),
            card_token=str(document["card_token"]),
        )
        booked = self.books.book(asked)
        # On disk already: late means that the money has moved, and nobody has heard of it.
        time.sleep(self.late_s)
        if cards.breaks_the_line(asked.card_token, kind=asked.kind, is_new=booked.is_new):
            raise Hangup
        answer = {
            "operation_id": str(booked.operation_id),
            "accepted": booked.accepted,
            "reason": booked.reason,
        }
        return {"answers": [answer] * cards.answers(asked.card_token)}

    def charges(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        """List what was really done; `next` is where to go on, None at the end."""
        limit = min(int(query.get("limit", "1000")), 1000)
        payment_id = UUID(query["payment_id"]) if "payment_id" in query else None
        after = int(query.get("after", "0"))
        items = self.books.charges(payment_id=payment_id, after=after, limit=limit)
        return {"items": items, "next": items[-1]["number"] if len(items) == limit else None}

    def be_late(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer later from now on, or as soon as possible again."""
        self.late_s = min(max(float(document["seconds"]), 0.0), LATEST_S)
        return {"seconds": self.late_s}


def open_desk(books: Books, *, host: str, port: int) -> ThreadingHTTPServer:
    """Serve in daemon threads; one connection, one thread."""
    handler = type("Handler", (_Handler,), {"service": Service(books=books)})
    server = ThreadingHTTPServer((host, port), handler)
    threading.Thread(target=server.serve_forever, name="desk", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    service: Service

    def do_GET(self) -> None:
        path, query = self._asked()
        if path in {"/healthz", "/readyz"}:
            self._answer(200, {"status": "open"})
        elif path == "/charges":
            self._try(lambda: self.service.charges(query))
        else:
            self._answer(404, {"error": "no such place"})

    def do_PUT(self) -> None:
        path, _ = self._asked()
        body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), LARGEST_BODY))
        if path == "/lateness":
            self._try(lambda: self.service.be_late(json.loads(body)))
        elif path.startswith("/operations/"):
            operation_id = path.removeprefix("/operations/")
            self._try(lambda: self.service.operate(operation_id, json.loads(body)))
        else:
            self._answer(404, {"error": "no such place"})

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, dict(parse_qsl(parts.query))

    def _try(self, work: Callable[[], Mapping[str, Any]]) -> None:
        try:
            self._answer(200, work())
        except Hangup:
            self.close_connection = True
        except OtherTermsError as error:
            self._answer(409, {"error": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            self._answer(400, {"error": repr(error)})

    def _answer(self, status: int, document: Mapping[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # Whoever asked has given up; what was done is in the books.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what was asked is in the books."""


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        msg = f"one of {known}, not {value!r}"
        raise ValueError(msg)
    return str(value)


def _amount(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        msg = f"an amount is a whole number above 0, not {value!r}"
        raise ValueError(msg)
    return value
