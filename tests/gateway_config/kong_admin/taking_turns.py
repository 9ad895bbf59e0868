"""Callers of one fake Kong, whose requests arrive in an order that chance makes, and a seed repeats."""

import random
import threading
from collections.abc import Callable

import httpx

from tests.gateway_config.kong_admin.fake_kong import FakeKong

TIMEOUT_S = 30


class Turns:
    """Lets one request through at a time, once everybody who still acts waits with theirs."""

    def __init__(self, kong: FakeKong, *, seed: int) -> None:
        self._chance = random.Random(seed)
        self._changed = threading.Condition()
        self._acting: set[str] = set()
        self._waiting: list[str] = []
        self._turn: str | None = None
        self._failed: list[Exception] = []
        kong.on_arrival = self._arrive

    def all_at_once(self, *acts: Callable[[], object]) -> None:
        """Return when all are done; what one of them raised is raised here."""
        threads = [
            threading.Thread(target=self._run, args=(act,), name=str(number))
            for number, act in enumerate(acts)
        ]
        self._acting = {thread.name for thread in threads}
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT_S)
        assert not any(thread.is_alive() for thread in threads)
        if self._failed:
            raise self._failed[0]

    def _run(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as failed:  # noqa: BLE001  # raised again by whoever waits
            self._failed.append(failed)
        finally:
            with self._changed:
                self._acting.discard(threading.current_thread().name)
                self._choose()

    def _arrive(self, _: httpx.Request) -> None:
        me = threading.current_thread().name
        with self._changed:
            if me not in self._acting:
                return
            self._waiting.append(me)
            self._choose()
            assert self._changed.wait_for(lambda: self._turn == me, TIMEOUT_S)
            self._waiting.remove(me)
            self._turn = None
        # The next turn begins with the next arrival of whoever has this one: requests never overlap.

    def _choose(self) -> None:
        if self._turn is None and self._waiting and len(self._waiting) == len(self._acting):
            self._turn = self._chance.choice(sorted(self._waiting))
            self._changed.notify_all()
