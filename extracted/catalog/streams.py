"""The catalog's relay and applier: settings for the handover's processes."""

from collections.abc import Mapping

from extracted.catalog.entities import ENTITIES
from extracted.chassis.config import required
from extracted.chassis.logging import configure
from extracted.contracts.catalog import DOMAIN
from handover import applier, relay
from handover.process import Settings


def run_relay(environ: Mapping[str, str]) -> None:
    """Carry our outbox to the broker until told to stop."""
    relay.run_relay(_settings(environ, role="relay"))


def run_applier(environ: Mapping[str, str]) -> None:
    """Apply the monolith's stream to our tables until told to stop."""
    applier.run_applier(_settings(environ, role="applier"), {DOMAIN: ENTITIES})


def _settings(environ: Mapping[str, str], *, role: str) -> Settings:
    settings = Settings(
        side="service",
        database_url=required(environ, f"CATALOG_{role.upper()}_DATABASE_URL"),
        amqp_url=required(environ, "AMQP_URL"),
        probe_host=environ.get("LISTEN_HOST") or "127.0.0.1",
        probe_port=int(required(environ, "PORT")),
    )
    configure(service=f"catalog-{role}", level=environ.get("LOG_LEVEL") or "INFO")
    return settings
