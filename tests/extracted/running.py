"""Real processes of services, and what tests do with them."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import amqp
import httpx

from handover.process import connect_broker

ROOT = Path(__file__).parents[2]
DESK = str(Path(__file__).parent / "programs" / "desk.py")
START_S = 20.0
# Characters of a program's log.
MOST_SHOWN = 3_000


def until(condition: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Wait for a condition, or fail."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass(slots=True)
class Program:
    """A process of a service, with its log and an HTTP client."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Ask it to leave, and see that it is gone; may be repeated."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=15)
        finally:
            self.process.kill()
            self.process.wait()
            self.http.close()
            # Shown when the test has failed.
            print(f"{self.log}:\n{self.log.read_text(errors='replace')[-MOST_SHOWN:]}")


def await_consumer(broker: str, queue: str) -> None:
    """Wait until somebody listens there: a process is ready before its broker has its queues."""

    def is_heard() -> bool:
        # A question about a queue that is not there closes the channel.
        with connect_broker(broker) as connection, connection.channel() as channel:
            try:
                return int(channel.queue_declare(queue, passive=True).consumer_count) > 0
            except amqp.NotFound:
                return False

    until(is_heard, within_s=START_S)


Start = Callable[..., Program]
