"""A small service on the chassis, to see each of its remedies at work: python desk.py."""

# ruff: noqa: BLE001 - patched before imported; whatever goes wrong is the answer

import os

from extracted.chassis import boot
from extracted.chassis.config import read_settings

boot.patch()

import time
from pathlib import Path
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider
from psycopg_pool import PoolTimeout

from extracted.chassis import inbox
from extracted.chassis.database import DatabaseProvider
from extracted.chassis.events import Reject, event_handler, read_envelope
from extracted.chassis.http import http
from extracted.chassis.messages import Request, Response
from extracted.chassis.rpc_client import RpcProxy
from extracted.chassis.rpc_server import rpc
from extracted.chassis.runner import run


def note(line: str) -> None:
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(f"{line}\n")


class Stumbling(DependencyProvider):
    """Fails in the hook that runs before the method."""

    def worker_setup(self, context: Any) -> None:
        if context.entrypoint.method_name == "stumble":
            msg = "a hook failed"
            raise RuntimeError(msg)


class Desk:
    name = "desk"

    database = DatabaseProvider()
    stumbling = Stumbling()
    desk = RpcProxy("desk", timeout_s=0.5)
    nobody = RpcProxy("nobody", timeout_s=0.5)
    patient = RpcProxy("desk", timeout_s=8)

    @http("GET", "/query/<seconds>")
    def query(self, request: Request, seconds: str) -> Response:
        self.database.read("SELECT pg_sleep(%s)", (float(seconds),))
        return Response(body=b"{}")

    @http("GET", "/long/<length>")
    def long(self, request: Request, length: str) -> Response:
        return Response(body=b"." * int(length))

    @http("GET", "/stall")
    def stall(self, request: Request) -> Response:
        """Answer how long the hub stood still at most while five queries slept."""
        queries = [eventlet.spawn(self.database.read, "SELECT pg_sleep(0.5)") for _ in range(5)]
        longest, before = 0.0, time.perf_counter()
        while not all(query.dead for query in queries):
            eventlet.sleep(0.01)
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
        return Response(body=str(longest).encode())

    @http("GET", "/stumble")
    def stumble(self, request: Request) -> Response:
        return Response()

    @http("GET", "/timeout")
    def time_out(self, request: Request) -> Response:
        with eventlet.Timeout(0.05):
            eventlet.sleep(5)
        return Response()

    @http("GET", "/crash")
    def crash(self, request: Request) -> Response:
        msg = "a secret of ours"
        raise RuntimeError(msg)

    @http("GET", "/ask/<seconds>")
    def ask(self, request: Request, seconds: str) -> Response:
        return self._asked(self.desk, seconds)

    @http("GET", "/ask-patiently/<seconds>")
    def ask_patiently(self, request: Request, seconds: str) -> Response:
        """The same with a deadline that no busy machine comes near."""
        return self._asked(self.patient, seconds)

    def _asked(self, desk: Any, seconds: str) -> Response:
        started = time.perf_counter()
        try:
            outcome = str(desk.sleep(float(seconds)))
        except Exception as error:
            outcome = type(error).__name__
        took = time.perf_counter() - started
        pending = len(desk.reply_listener._reply_events)
        return Response(body=f"{outcome} {took:.2f} {pending}".encode())

    @http("GET", "/ask-nobody")
    def ask_nobody(self, request: Request) -> Response:
        try:
            self.nobody.anything()
        except Exception as error:
            return Response(body=type(error).__name__.encode())
        return Response()

    @http("GET", "/correlation")
    def correlation(self, request: Request) -> Response:
        return Response(body=self.desk.correlation_here().encode())

    @rpc
    def correlation_here(self) -> str:
        from extracted.chassis.logging import correlation_id

        return correlation_id.get() or ""

    @rpc
    def sleep(self, seconds: float) -> float:
        note(f"rpc begun {seconds}")
        eventlet.sleep(seconds)
        note(f"rpc ended {seconds}")
        return seconds

    @event_handler("shop", "thing_happened", retries_ms=(100, 200))
    def on_thing(self, message: dict[str, Any]) -> None:
        envelope = read_envelope(message)
        payload = envelope.payload
        note(f"event {payload['n']}")
        eventlet.sleep(payload.get("seconds", 0))
        if Path(os.environ["NOTES"]).read_text().count(f"event {payload['n']}\n") <= payload.get(
            "away", 0
        ):
            raise PoolTimeout
        if payload.get("fails"):
            msg = "not this time"
            raise ValueError(msg)
        if payload.get("rejects"):
            msg = "never"
            raise Reject(msg)
        with self.database.transaction() as connection:
            if inbox.first_time(
                connection, schema="catalog", consumer="desk", event_id=envelope.event_id
            ):
                note(f"effect {payload['n']}")


if __name__ == "__main__":
    # The database of the catalog, and any broker: the desk owns nothing.
    run(Desk, read_settings(os.environ, service="catalog", needs_broker=True))
