"""A talk with a mail server that ends in time, and is patient where a mail would go out twice."""

import smtplib
import time
from typing import Any

ANSWER_S = 10.0
# Less than the lease of a mail, so that no other sender takes it meanwhile, and than what SIGTERM
# grants, so that no mail that was begun is killed. RFC 5321 grants a server ten minutes to say yes to a whole mail, which would make a
# mail whose sender died wait as long: who needs more than this gets its mail again, by the same
# Message-ID.
LONGEST_S = 20.0


class Conversation(smtplib.SMTP):
    """Waits ANSWER_S for an answer, but for the yes to a whole mail until LONGEST_S have passed."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self._ends_at = time.monotonic() + LONGEST_S
        self._patience_s = ANSWER_S
        super().__init__(*args, **{**settings, "timeout": ANSWER_S})

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand the mail over; from here on the server may have it, whatever we hear."""
        self._patience_s = LONGEST_S
        try:
            return super().data(msg)
        finally:
            self._patience_s = ANSWER_S

    def send(self, s: Any) -> None:
        """Say something."""
        self._look_at_the_clock()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Hear the answer."""
        self._look_at_the_clock()
        return super().getreply()

    def _look_at_the_clock(self) -> None:
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            self.close()
            msg = f"the mail server took longer than {LONGEST_S:.0f} s"
            raise smtplib.SMTPServerDisconnected(msg)
        if self.sock is not None:
            self.sock.settimeout(min(left_s, self._patience_s))
