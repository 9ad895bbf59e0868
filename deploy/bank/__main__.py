"""The bank as a process: python -m bank, with PORT and BANK_DATABASE in the environment."""

import os
import signal
import sys
import threading
from pathlib import Path

from bank.books import Books
from bank.desk import open_desk


def main() -> int:
    """Serve until told to stop by SIGTERM or SIGINT."""
    books = Books(Path(os.environ["BANK_DATABASE"]))
    host = os.environ.get("LISTEN_HOST") or "127.0.0.1"
    desk = open_desk(books, host=host, port=int(os.environ["PORT"]))
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    stopped.wait()
    desk.shutdown()
    books.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
