"""Settings of a service process, read once from the environment, with an error that names the cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class ConfigError(Exception):
    """A variable of the environment is missing or makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a Nameko process needs to know.

    `own` is what only this service reads. `max_workers` bounds the requests in work at once. `drain_s` is how long the process still serves after SIGTERM while it already
    says it is not ready; `grace_s` is how long running work may then take.
    """

    service: str
    database_url: str
    amqp_url: str
    keys_url: str = ""
    shop_url: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    listen_host: str = "127.0.0.1"
    port: int
    max_workers: int = 32
    statement_timeout_s: float = 4.0
    needs_broker: bool = False
    auth_required: bool = False
    drain_s: float = 0.0
    grace_s: float = 20.0
    log_level: str = "INFO"

    @property
    def max_connections(self) -> int:
        """How many connections to the database the workers share.

        Half as many: a request that asks another service holds a worker, but no connection.
        """
        return max(2, self.max_workers // 2)

    def to_nameko(self) -> dict[str, Any]:
        """Return Nameko's configuration, our settings in it under SETTINGS."""
        return {
            "AMQP_URI": self.amqp_url,
            "WEB_SERVER_ADDRESS": f"{self.listen_host}:{self.port}",
            "SERVICE_CONTAINER_CLS": "extracted.chassis.container.Container",
            "max_workers": self.max_workers,
            "HEARTBEAT": 20,
            "SETTINGS": self,
        }


def read_settings(
    environ: Mapping[str, str],
    *,
    service: str,
    needs_broker: bool = False,
    keys: str | None = None,
    shop: str | None = None,
    own: Iterable[str] = (),
) -> Settings:
    """Read the settings of `service`; `keys` names the variable with the address of who signs tokens,
    `shop` that with the gateway's, `own` those of this service alone.

    Raises ConfigError.
    """
    return Settings(
        service=service,
        database_url=required(environ, f"{service.upper()}_DATABASE_URL"),
        amqp_url=required(environ, "AMQP_URL"),
        keys_url=required(environ, keys).rstrip("/") if keys else "",
        shop_url=required(environ, shop).rstrip("/") if shop else "",
        own={name: required(environ, name) for name in own},
        listen_host=environ.get("LISTEN_HOST") or "127.0.0.1",
        port=_whole(environ, "PORT"),
        max_workers=_whole(environ, "MAX_WORKERS", default=32),
        statement_timeout_s=seconds(environ, "STATEMENT_TIMEOUT_S", default=4.0),
        needs_broker=needs_broker,
        # Who forgets the variable asks everybody, and not nobody.
        auth_required=_switched(environ, "AUTH_REQUIRED", default="on"),
        drain_s=seconds(environ, "DRAIN_S", default=0.0),
        grace_s=seconds(environ, "GRACE_S", default=20.0),
        log_level=_level(environ.get("LOG_LEVEL") or "INFO"),
    )


def required(environ: Mapping[str, str], name: str) -> str:
    """Return a variable that must be there; raises ConfigError."""
    value = environ.get(name, "").strip()
    if not value:
        msg = f"{name} is not set"
        raise ConfigError(msg)
    return value


def _switched(environ: Mapping[str, str], name: str, *, default: str) -> bool:
    value = environ.get(name) or default
    if value not in {"on", "off"}:
        msg = f"{name} is on or off, not {value!r}"
        raise ConfigError(msg)
    return value == "on"


def _whole(environ: Mapping[str, str], name: str, *, default: int | None = None) -> int:
    text = environ.get(name) or (str(default) if default is not None else required(environ, name))
    if not text.isdecimal() or int(text) == 0:
        msg = f"{name} must be a whole number above 0, not {text!r}"
        raise ConfigError(msg)
    return int(text)


def seconds(environ: Mapping[str, str], name: str, *, default: float) -> float:
    """Return a duration below an hour; raises ConfigError."""
    text = environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 3600:
        msg = f"{name} must be seconds between 0 and 3600, not {text!r}"
        raise ConfigError(msg)
    return value


def _level(text: str) -> str:
    level = text.upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        msg = f"LOG_LEVEL must be a level of Python's logging, not {text!r}"
        raise ConfigError(msg)
    return level
