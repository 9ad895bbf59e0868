"""Changes of one time: decided, checked, in force in Envoy, then stored, then answered."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from embedded_gateway import store
from embedded_gateway.compile import Compiled, cds, compile_state, names_to_resolve, rds
from embedded_gateway.envoy_admin import CDS, RDS, EnvoyProbe
from embedded_gateway.group_commit import GroupCommit
from embedded_gateway.names import Addresses
from embedded_gateway.prevalidate import prevalidate
from embedded_gateway.state import State
from embedded_gateway.xds_files import XdsFiles

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")

Validator = Callable[..., None]


class Gateway:
    """What the Admin API changes. Reading needs no lock: `state` is replaced, never altered."""

    def __init__(
        self,
        directory: Path,
        probe: EnvoyProbe,
        *,
        validator: Validator = prevalidate,
        addresses: Addresses | None = None,
    ) -> None:
        self._entities = directory / "entities.json"
        self._files = XdsFiles(directory, probe)
        self._validate = validator
        self._addresses = addresses or Addresses()
        self.probe = probe
        self.state = store.load(self._entities)
        self.compiled = self._compile(self.state)
        self._commits = GroupCommit(read=lambda: self.state, apply=self._apply)
        # Equal files are left alone, so that starting again does not disturb Envoy.
        self._files.write(self.compiled)

    def change(self, decide: Callable[[State], tuple[State, _Result]]) -> _Result:
        """Raise an AdminError and leave nothing changed, or return with the change in force."""
        return self._commits.change(decide)

    def versions(self) -> dict[str, str]:
        """What Envoy should say is in force."""
        return {
            CDS: cds(self.compiled.clusters)["version_info"],
            RDS: rds(self.compiled.routes)["version_info"],
        }

    def addresses_of(self, host: str) -> list[str]:
        """What a target's name stands for."""
        return [*self._addresses.of([host])[host]]

    def refresh_names(self) -> None:
        """Follow names that now stand for other addresses."""
        self._commits.exclusively(self._follow_names)

    def _follow_names(self) -> None:
        if names_to_resolve(self.state):
            compiled = self._compile(self.state, fresh=True)
            if compiled != self.compiled:
                self._files.publish(compiled, old=self.compiled)
                self.compiled = compiled
                _logger.info("targets have new addresses")

    def _apply(self, state: State) -> None:
        compiled = self._compile(state)
        self._validate(compiled, old=self.compiled)
        if compiled != self.compiled:
            self._files.publish(compiled, old=self.compiled)
        try:
            # Stored only when in force: what a crash in between leaves behind was never answered.
            store.save(self._entities, state)
        except OSError:
            self._files.write(self.compiled)
            raise
        self.state, self.compiled = state, compiled

    def _compile(self, state: State, *, fresh: bool = False) -> Compiled:
        addresses = self._addresses.of(names_to_resolve(state), fresh=fresh)
        previous = getattr(self, "compiled", None)
        before = getattr(self, "state", None)
        return compile_state(state, addresses=addresses, previous=previous, before=before)
