"""The authorities that our HTTP clients trust, read once for all of them.

httpx reads them anew for each client, which is 22 ms of a processor; a service makes two or three at its start.
"""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """What httpx trusts by itself, for its option `verify`."""
    return httpx.create_ssl_context(trust_env=False)
