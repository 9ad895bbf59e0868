"""The correlation id of the request at hand, for logs and calls."""

import logging
import re
import uuid
from contextvars import ContextVar

_ACCEPTABLE = re.compile(r"^[\x21-\x7e]{1,128}$")
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def begin(offered: str | None) -> str:
    """Take the caller's id where it is fit for a header and a log line, else make one."""
    chosen = offered if offered and _ACCEPTABLE.match(offered) else uuid.uuid4().hex
    _current.set(chosen)
    return chosen


def current() -> str | None:
    """Return the id of the request at hand, None outside of one."""
    return _current.get()


class CorrelationFilter(logging.Filter):
    """Put the correlation id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.correlation_id = _current.get()
        return True
