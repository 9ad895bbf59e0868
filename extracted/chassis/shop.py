"""The other domains as everybody sees them: through the gateway."""

import logging

import httpx
from nameko.extensions import DependencyProvider

from extracted.chassis.config import Settings
from extracted.chassis.logging import correlation_id
from extracted.chassis.trust import authorities
from extracted.contracts.http import CORRELATION_ID
from extracted.contracts.identity import AUTHORIZATION
from extracted.contracts.problems import ProblemError
from handover import tracing

TIMEOUT_S = 1.0
TRIES = 2

log = logging.getLogger(__name__)


class Shop:
    """Asks what is public; few questions, none of them on a hot path."""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(TIMEOUT_S, connect=0.5),
            transport=transport,
            trust_env=False,
            verify=authorities(),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def has(self, path: str) -> bool:
        """Say whether there is something at a path; raises ProblemError 503 when nobody can tell."""
        return self.find(path) is not None

    def find(self, path: str, *, authorization: str | None = None) -> bytes | None:
        """Return what is at a path, None for nothing; raises ProblemError 503.

        `authorization` is that of whoever asks us: they may see what they may see.
        """
        reason = ""
        headers = {**_correlated(), **({AUTHORIZATION: authorization} if authorization else {})}
        for _ in range(TRIES):
            try:
                answer = self._client.get(path, headers=headers)
            except httpx.TransportError as error:
                reason = repr(error)
                continue
            if answer.status_code in {200, 404}:
                return answer.content if answer.status_code == 200 else None
            reason = f"status {answer.status_code}"
        log.warning("the shop did not answer", extra={"path": path, "reason": reason})
        raise ProblemError("unavailable", headers={"Retry-After": "1"})


def _correlated() -> dict[str, str]:
    known = correlation_id.get()
    return {**tracing.headers(), **({CORRELATION_ID: known} if known else {})}


class ShopProvider(DependencyProvider):
    """Gives workers the Shop."""

    shop: Shop

    def setup(self) -> None:
        """Prepare the client."""
        settings: Settings = self.container.config["SETTINGS"]
        self.shop = Shop(settings.shop_url)

    def stop(self) -> None:
        """Close the client."""
        self.shop.close()

    def get_dependency(self, _: object) -> Shop:
        """Return the Shop."""
        return self.shop
