"""The bank as a process: python -m bank, with PORT and BANK_DATABASE in the environment."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from bank.books import Books
from bank.desk import open_desk


def main() -> int:
    """Serve until told to stop by SIGTERM or SIGINT."""
    try:
        path, port = _settings(os.environ)
    except ValueError as error:
        print(f"bank: {error}", file=sys.stderr)
        return 2
    books = Books(path)
    host = os.environ.get("LISTEN_HOST") or "127.0.0.1"
    desk = open_desk(books, host=host, port=port)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    stopped.wait()
    desk.shutdown()
    books.close()
    return 0


def _settings(environ: Mapping[str, str]) -> tuple[Path, int]:
    path, port = environ.get("BANK_DATABASE", ""), environ.get("PORT", "")
    if not path:
        msg = "BANK_DATABASE is not set"
        raise ValueError(msg)
    if not port.isdecimal() or not 0 < int(port) < 65536:
        msg = f"PORT must be a number from 1 to 65535, not {port!r}"
        raise ValueError(msg)
    return Path(path), int(port)


if __name__ == "__main__":
    sys.exit(main())
