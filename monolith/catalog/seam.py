"""The only door into catalog for the monolith's other apps; it picks a side by stage."""

import logging
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from prometheus_client import Counter

from extracted.contracts.catalog import DOMAIN, Catalog, Quote
from extracted.contracts.problems import ProblemError
from monolith.catalog.face import FaceCatalog
from monolith.catalog.forward import PEERS
from monolith.catalog.local import LocalCatalog
from monolith.catalog.remote import RemoteCatalog
from monolith.seams.rpc import RemoteUnavailable
from monolith.seams.stage import Stage
from monolith.seams.where import Standing, Where

log = logging.getLogger(__name__)

QUOTED = Counter(
    "monolith_catalog_quotes_total",
    "Batches of quotes, by who answered: local, remote, remote_missing, or the replica (fallback).",
    ("answered_by",),
)


class CatalogSeam:
    """Asks whoever owns catalog; while the service does not answer, the replica does if there is one."""

    def __init__(
        self, *, where: Callable[[], Standing], local: Catalog, remote: Catalog, face: Catalog
    ) -> None:
        self._where = where
        self._local = local
        self._remote = remote
        self._face = face

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product. Call it before a transaction is opened, never inside.

        Raises ProblemError 503 when nobody can say whether a product exists.
        """
        wanted = frozenset(product_ids)
        stage = self._where().stage
        if stage.owner == "service":
            try:
                return self._ask_remote(wanted, counted_as="remote")
            except RemoteUnavailable as error:
                # The replica lags by what is in the stream; an order at a price a second old is
                # better than no order. A seam that has retired has none.
                log.warning("catalog service did not answer", extra={"reason": str(error)})
                QUOTED.labels("fallback").inc()
                known = {} if stage is Stage.RETIRED else self._local.get_quotes(product_ids=wanted)
                return {**known, **self._from_the_face(wanted - known.keys())}
        QUOTED.labels("local").inc()
        known = self._local.get_quotes(product_ids=wanted)
        missing = wanted - known.keys()
        if missing and stage is not Stage.MONOLITH:
            return {**known, **self._found_remotely(missing)}
        return known

    def _found_remotely(self, missing: frozenset[UUID]) -> Mapping[UUID, Quote]:
        # While ownership changes hands we may still read the old stage: a product born at the
        # service this second is on its way to us.
        try:
            return self._ask_remote(missing, counted_as="remote_missing")
        except RemoteUnavailable:
            return self._from_the_face(missing)

    def _from_the_face(self, missing: frozenset[UUID]) -> Mapping[UUID, Quote]:
        # Without the broker the replica does not hear of new products, and "unknown" would be a lie.
        if not missing:
            return {}
        try:
            return self._face.get_quotes(product_ids=missing)
        except RemoteUnavailable as error:
            detail = "The catalog cannot be asked about a product; try again in a moment."
            raise ProblemError("unavailable", detail, headers={"Retry-After": "1"}) from error

    def _ask_remote(self, wanted: frozenset[UUID], *, counted_as: str) -> Mapping[UUID, Quote]:
        quotes = self._remote.get_quotes(product_ids=wanted)
        QUOTED.labels(counted_as).inc()
        return quotes


WHERE = Where(DOMAIN)
CATALOG = CatalogSeam(
    where=WHERE, local=LocalCatalog(), remote=RemoteCatalog(), face=FaceCatalog(PEERS)
)
