"""Make the process green: patch the standard library before anything binds an unpatched name."""

# ruff: noqa: PLC0415 - the order of these imports is what this module is about

import sys


def patch() -> None:
    """Patch the standard library for eventlet, and teach psycopg to wait without blocking the hub.

    Call this before importing nameko or psycopg; raises RuntimeError when it is too late.
    """
    if "psycopg" in sys.modules:
        # psycopg.waiting binds a selector at import: imported before the patch it would be a
        # blocking one, and every query would freeze the whole process without a sign.
        msg = "psycopg was imported before boot.patch(): its queries would block the hub"
        raise RuntimeError(msg)
    import eventlet

    eventlet.monkey_patch()
    _let_psycopg_yield()


def _let_psycopg_yield() -> None:
    from psycopg import waiting

    # The C implementation polls in C, where eventlet cannot see it. psycopg looks this name up at
    # every call, so one assignment turns all its waiting green.
    waiting.wait = waiting.wait_selector
