"""Runs a command as an instance: a target of its upstreams from when it is ready until it is to end.

The command knows nothing of it, and its life never hangs on the gateway: while that does not answer
it serves on, and is registered later.
"""

import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue

import httpx

from kong_admin.errors import KongAdminError, UnreachableError
from kong_admin.membership import Membership

READY_POLL_S = 0.1
READY_TIMEOUT_S = 2.0
FIRST_PAUSE_S = 0.2
LAST_PAUSE_S = 5.0
# A call that the gateway hangs on must not hold the leave: what is left is for its health checks.
LEAVE_WITHIN_S = 3.0

# Who answers may have begun anew since the last question.
_EACH_ITS_OWN = httpx.Limits(max_keepalive_connections=0)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

Say = Callable[[str], None]


class Registrar:
    """Joins in a thread of its own, and again whenever the gateway has forgotten us."""

    def __init__(self, memberships: Sequence[Membership], *, ready_url: str, say: Say) -> None:
        self._memberships = memberships
        self._ready_url = ready_url
        self._say = say
        self._joined: set[str] = set()
        self._said = ""
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._stay, daemon=True)

    def start(self) -> None:
        """Begin to wait for readiness."""
        self._thread.start()

    def step_aside(self) -> None:
        """Give up our shares, as far as the gateway answers."""
        self._leaving.set()
        self._thread.join(LEAVE_WITHIN_S)
        self._each(Membership.step_aside, "nobody is sent here by", "still sent here by")

    def go(self) -> None:
        """Take our targets away."""
        self._each(Membership.go, "gone from", "kept, as the last that knows the share, in")

    def _stay(self) -> None:
        # One client for all of its questions: to make one takes a fifth of the time from one to the next.
        with httpx.Client(timeout=READY_TIMEOUT_S, trust_env=False, limits=_EACH_ITS_OWN) as http:
            while not self._is_ready(http):
                if self._leaving.wait(READY_POLL_S):
                    return
        pause_s = FIRST_PAUSE_S
        while True:
            trouble = self._join()
            pause_s = min(LAST_PAUSE_S, 2 * pause_s) if trouble else LAST_PAUSE_S
            if trouble != self._said:
                self._said = trouble
                self._say(f"not registered yet: {trouble}" if trouble else "registered everywhere")
            if self._leaving.wait(pause_s):
                return

    def _join(self) -> str:
        """What is in the way; nothing once we are in all upstreams."""
        for one in self._memberships:
            if self._leaving.is_set():
                return ""
            try:
                if one.upstream not in self._joined or not one.is_there:
                    weight = one.join()
                    self._joined.add(one.upstream)
                    self._say(f"{one.address} is a target of {one.upstream} with weight {weight}")
            except KongAdminError as failed:
                return str(failed)
        return ""

    def _each(self, act: Callable[[Membership], bool], done: str, kept: str) -> None:
        for one in self._memberships:
            try:
                self._say(f"{one.address}: {done if act(one) else kept} {one.upstream}")
            except UnreachableError as failed:
                self._say(f"{failed}; its health checks will notice")
                return
            except KongAdminError as failed:
                self._say(f"{one.upstream}: {failed}")

    def _is_ready(self, http: httpx.Client) -> bool:
        try:
            answer = http.get(self._ready_url)
        except httpx.HTTPError:
            return False
        return answer.is_success


def run_beside(command: Sequence[str], registrar: Registrar) -> int:
    """Run the command until it ends or we are told to; its exit code, as a shell tells it."""
    # The number of a signal for us, or None for the command's end; a handler may put safely.
    happened: SimpleQueue[int | None] = SimpleQueue()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda number, _: happened.put(number))
    child = subprocess.Popen(
        command,
        env=without_the_gateway(os.environ),
        preexec_fn=_end_with_us,  # noqa: PLW1509  # no thread runs yet
    )
    threading.Thread(target=_tell_of_the_end, args=(child, happened), daemon=True).start()
    registrar.start()
    number = happened.get()
    registrar.step_aside()
    while number is not None:
        child.send_signal(number)
        number = happened.get()
    # Whether told to end or crashed: nothing is in flight there any more.
    registrar.go()
    code = child.wait()
    return 128 - code if code < 0 else code


def without_the_gateway(environ: Mapping[str, str]) -> dict[str, str]:
    """What the command may know: not where the Admin API is, nor the token for it."""
    return {name: value for name, value in environ.items() if not name.startswith("KONG_")}


def _tell_of_the_end(child: subprocess.Popen[bytes], happened: SimpleQueue[int | None]) -> None:
    child.wait()
    happened.put(None)


def _end_with_us() -> None:
    # Killed hard, we could not pass it on, and the port would stay taken for our next life.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
