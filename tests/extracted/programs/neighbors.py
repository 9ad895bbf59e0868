"""Inventory, payments and catalog as orders know them: they remember, and fail when told to.

    neighbors.py inventory payments catalog

    PUT  /plan     {"payments.capture": [{"how": "slow", "seconds": 3}]}: of the next calls, in turn
    GET  /asked    what was asked: [["inventory.reserve", {...}], ...]
    GET  /books    what became of it; `kills` counts the callers that were killed
    PUT  /prices   {product id: {"name": ..., "amount": ...}}
    PUT  /forget   all of it

A call can be `slow` (done, and answered late), `refused`, `crash`, answer `nonsense`, or `kill` who
asks, `before` or `after` the deed: the process whose id is in the file of the plan.
"""

import os
import sys

from extracted.chassis import boot
from extracted.chassis.config import read_settings

boot.patch()

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import eventlet
from nameko.runners import ServiceRunner

from extracted.chassis.http import http
from extracted.chassis.messages import Request, Response
from extracted.chassis.rpc_server import rpc
from extracted.contracts import inventory, payments
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Refusal, Reply

AT = "2026-03-01T12:00:00.000000Z"


class Books:
    """What this process knows; its services share it."""

    def __init__(self) -> None:
        self.forget()
        self.is_started = False

    def forget(self) -> None:
        self.plan: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.prices: dict[str, dict[str, Any]] = {}
        self.reservations: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.kills = 0

    def asked_for(self, name: str, deed: Callable[[], Reply], **arguments: Any) -> Any:
        """Do the deed, or what the plan says."""
        self.asked.append((name, arguments))
        steps = self.plan.get(name)
        todo = steps.pop(0) if steps else {"how": "answer"}
        match todo:
            case {"how": "refused", "refusal": refusal}:
                return Reply(refusal=Refusal.model_validate(refusal)).model_dump(mode="json")
            case {"how": "crash"}:
                msg = "told to crash"
                raise RuntimeError(msg)
            case {"how": "nonsense"}:
                return {"value": {"what": "ever"}, "refusal": None}
            case {"how": "kill", "when": "before"}:
                self._kill(todo)
                return None
        reply = deed().model_dump(mode="json")
        if todo["how"] == "slow":
            eventlet.sleep(todo["seconds"])
        elif todo["how"] == "kill":
            self._kill(todo)
        return reply

    def _kill(self, todo: dict[str, Any]) -> None:
        os.kill(int(Path(todo["file"]).read_text()), signal.SIGKILL)
        self.kills += 1


BOOKS = Books()


class Inventory:
    name = "inventory"

    @rpc
    def reserve(self, **asked: Any) -> Any:
        return BOOKS.asked_for("inventory.reserve", lambda: self._reserve(asked), **asked)

    @rpc
    def confirm(self, reservation_id: str) -> Any:
        def deed() -> Reply:
            found = BOOKS.reservations.get(reservation_id)
            if found is None or found["status"] not in {"held", "confirmed"}:
                standing = found["status"] if found else None
                key = UUID(reservation_id)
                return _refused(inventory.ReservationLost(reservation_id=key, standing=standing))
            return _moved(found, "confirmed")

        return BOOKS.asked_for("inventory.confirm", deed, reservation_id=reservation_id)

    @rpc
    def release(self, reservation_id: str) -> Any:
        def deed() -> Reply:
            known = BOOKS.reservations.setdefault(reservation_id, _reservation(reservation_id, []))
            return _moved(known, "released")

        return BOOKS.asked_for("inventory.release", deed, reservation_id=reservation_id)

    def _reserve(self, asked: dict[str, Any]) -> Reply:
        key = asked["reservation_id"]
        found = BOOKS.reservations.setdefault(key, _reservation(key, asked["lines"]))
        if found["status"] not in {"held", "confirmed"}:
            lost = inventory.ReservationLost(reservation_id=UUID(key), standing=found["status"])
            return _refused(lost)
        return Reply(value=found)


class Payments:
    name = "payments"

    @rpc
    def authorize(self, payment_id: str, **asked: Any) -> Any:
        def deed() -> Reply:
            found = BOOKS.payments.setdefault(payment_id, _payment(payment_id, asked))
            if found["status"] == "declined":
                declined = payments.PaymentDeclined(found["decline_reason"])
                return Reply(refusal=payments.refusal_of(declined))
            return Reply(value=found)

        return BOOKS.asked_for("payments.authorize", deed, payment_id=payment_id, **asked)

    @rpc
    def capture(self, payment_id: str) -> Any:
        return self._move("capture", payment_id, "captured", of={"authorized", "captured"})

    @rpc
    def void(self, payment_id: str) -> Any:
        return self._move("void", payment_id, "voided", of={"authorized", "voided", "declined"})

    @rpc
    def refund(self, payment_id: str, refund_id: str, amount: dict[str, Any]) -> Any:
        of = {"captured", "refunded"}
        return self._move("refund", payment_id, "refunded", of=of, refund_id=refund_id)

    def _move(self, name: str, payment_id: str, status: str, *, of: set[str], **more: Any) -> Any:
        def deed() -> Reply:
            found = BOOKS.payments.get(payment_id)
            if found is None:
                return Reply(
                    refusal=payments.refusal_of(payments.PaymentNotFound(UUID(payment_id)))
                )
            if found["status"] not in of:
                refused = payments.PaymentRefused(f"the payment is {found['status']}")
                return Reply(refusal=payments.refusal_of(refused))
            return _moved(found, found["status"] if found["status"] == "declined" else status)

        return BOOKS.asked_for(f"payments.{name}", deed, payment_id=payment_id, **more)


class Catalog:
    name = "catalog"

    @rpc
    def get_quotes(self, product_ids: list[str]) -> Any:
        BOOKS.asked.append(("catalog.get_quotes", {"product_ids": product_ids}))
        return [
            {
                "product_id": key,
                "name": BOOKS.prices[key]["name"],
                "price": {"amount": BOOKS.prices[key]["amount"], "currency": "EUR"},
            }
            for key in product_ids
            if key in BOOKS.prices
        ]


class Control:
    name = "control"

    @http("PUT", "/plan")
    def put_plan(self, request: Request) -> Response:
        BOOKS.plan = json.loads(request.raw_body)
        return Response()

    @http("PUT", "/prices")
    def put_prices(self, request: Request) -> Response:
        BOOKS.prices.update(json.loads(request.raw_body))
        return Response()

    @http("PUT", "/forget")
    def forget(self, request: Request) -> Response:
        BOOKS.forget()
        return Response()

    @http("GET", "/asked")
    def show_asked(self, request: Request) -> Response:
        return Response(body=json.dumps(BOOKS.asked).encode())

    @http("GET", "/books")
    def show_books(self, request: Request) -> Response:
        known = {
            "reservations": BOOKS.reservations,
            "payments": BOOKS.payments,
            "kills": BOOKS.kills,
            "is_started": BOOKS.is_started,
        }
        return Response(body=json.dumps(known).encode())


def _reservation(key: str, lines: list[Any]) -> dict[str, Any]:
    return {
        "id": key,
        "status": "held",
        "lines": lines,
        "expires_at": AT,
        "version": 1,
        "updated_at": AT,
    }


def _payment(key: str, asked: dict[str, Any]) -> dict[str, Any]:
    is_declined = asked["card_token"] == "tok_decline"
    return {
        "id": key,
        "order_id": asked["order_id"],
        "amount": asked["amount"],
        "status": "declined" if is_declined else "authorized",
        "refunded": {"amount": 0, "currency": "EUR"},
        "decline_reason": "no money" if is_declined else None,
        "version": 1,
        "created_at": AT,
        "updated_at": AT,
    }


def _moved(found: dict[str, Any], status: str) -> Reply:
    if found["status"] != status:
        found |= {"status": status, "version": found["version"] + 1}
    return Reply(value=dict(found))


def _refused(error: ProblemError) -> Reply:
    facts = dict(error.facts)
    return Reply(refusal=Refusal(kind=error.kind, detail=error.detail, facts=facts))


if __name__ == "__main__":
    chosen = {service.name: service for service in (Inventory, Payments, Catalog)}
    settings = read_settings(os.environ, service="orders", needs_broker=True)
    runner = ServiceRunner(settings.to_nameko())
    for service in (*(chosen[name] for name in sys.argv[1:]), Control):
        runner.add_service(service)
    runner.start()
    BOOKS.is_started = True
    runner.wait()
