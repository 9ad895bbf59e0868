"""The variables every process of one copy reads; nothing here is written anywhere."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack import passwords
from stack.profile import Profile
from stack.services import SERVICES, Service, databases

POSTGRESQL_PORT = 432
AMQP_PORT = 672
MANAGEMENT_PORT = 673
DISTRIBUTION_PORT = 674
EPMD_PORT = 675
PROXY_PORT = 0
ADMIN_PORT = 1
MONOLITH_PORT = 100
BANK_PORT = 130

AMQP_USER = "strangler"
VHOST = "strangler"

# Variable -> (role, database).
DATABASES: Mapping[str, tuple[str, str]] = databases()


def variables(profile: Profile) -> dict[str, str]:
    """Everything a process of this copy may read."""
    known = passwords.load(profile)
    return {
        "STATE_DIR": str(profile.state),
        "PORT_BASE": str(profile.base),
        "LISTEN_HOST": "127.0.0.1",
        "LOG_LEVEL": "INFO",
        "DJANGO_SETTINGS_MODULE": "monolith.config.settings.dev",
        "DJANGO_SECRET_KEY": known["DJANGO_SECRET_KEY"],
        "AUTH_MASTER_KEY": known["AUTH_MASTER_KEY"],
        # `AUTH_REQUIRED=off` at the start asks nobody who they are.
        "AUTH_REQUIRED": os.environ.get("AUTH_REQUIRED", "on"),
        # With it the invented merchant and clerk sign in; see `seed`.
        "SEED_PASSWORD": known["SEED_PASSWORD"],
        "GATEWAY_ACCESS_LOG": str(profile.access_log),
        # How long a buyer waits for the bank.
        "BANK_TIMEOUT_S": "1",
        "BANK_DATABASE": str(profile.state / "bank" / "books.sqlite"),
        **_database_urls(profile, known),
        **_broker_urls(profile, known),
        **_addresses(profile),
        "KONG_FILES": os.pathsep.join(map(str, _gateway_files(profile))),
    }


def _gateway_files(profile: Profile) -> Iterator[Path]:
    files = profile.root / "gateway-config"
    yield files / "kong"
    yield files / "targets" / "fixed"
    if is_auth_required():
        yield files / "policy" / "identity.yaml"


def is_auth_required() -> bool:
    """Whether anybody is asked who they are, at the gateway and behind it."""
    return os.environ.get("AUTH_REQUIRED", "on") == "on"


def is_kafka_used() -> bool:
    """Whether facts go to Kafka as well; its variables are the caller's, and pass through."""
    return bool(os.environ.get("KAFKA_BOOTSTRAP_SERVERS"))


# COVERAGE_ and COV_CORE_: a test that starts programs is measured, and they are not.
_STRANGE = (
    *("PG", "RABBITMQ_", "ERL_", "PYTHONPATH", "DJANGO_", "SUPERVISOR_", "STACK_", "AUTH_"),
    *("COVERAGE_", "COV_CORE_"),
)


def inherited() -> dict[str, str]:
    """The caller's environment without what would lead our programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_STRANGE)}


def _database_urls(profile: Profile, known: Mapping[str, str]) -> dict[str, str]:
    place = f"127.0.0.1:{profile.port(POSTGRESQL_PORT)}"
    return {
        name: f"postgresql://{role}:{known[role.upper()]}@{place}/{database}"
        for name, (role, database) in DATABASES.items()
    }


def _broker_urls(profile: Profile, known: Mapping[str, str]) -> dict[str, str]:
    login = f"{AMQP_USER}:{known['AMQP']}"
    return {
        "AMQP_URL": f"amqp://{login}@127.0.0.1:{profile.port(AMQP_PORT)}/{VHOST}",
        "AMQP_MANAGEMENT_URL": f"http://{login}@127.0.0.1:{profile.port(MANAGEMENT_PORT)}",
    }


def _addresses(profile: Profile) -> dict[str, str]:
    monolith = f"127.0.0.1:{profile.port(MONOLITH_PORT)}"
    known = {
        "KONG_PROXY_URL": f"http://127.0.0.1:{profile.port(PROXY_PORT)}",
        "KONG_ADMIN_URL": f"http://127.0.0.1:{profile.port(ADMIN_PORT)}",
        "KONG_AUDIT_LOG": str(profile.state / "log" / "gateway-audit.jsonl"),
        "MONOLITH_URL": f"http://{monolith}",
        # Where services ask each other for what is public.
        "SHOP_URL": f"http://127.0.0.1:{profile.port(PROXY_PORT)}",
        "KONG_JWKS_URL": f"http://{monolith}/.well-known/jwks.json",
        "MONOLITH_TARGET": monolith,
        "BANK_URL": f"http://127.0.0.1:{profile.port(BANK_PORT)}",
        # All of them are numbers: a resolver that is not asked takes a fifth of a service's start to load.
        "EVENTLET_NO_GREENDNS": "yes",
    }
    for service in SERVICES:
        known |= _addresses_of(profile, service)
    return known


def _addresses_of(profile: Profile, service: Service) -> dict[str, str]:
    name = service.name.upper()
    asked = [f"http://127.0.0.1:{profile.port(offset)}" for offset in service.asked_ports]
    known = {f"{name}_URLS": ",".join(asked)}
    targets = [f"127.0.0.1:{profile.port(offset)}" for offset in service.instance_ports]
    return known | {f"{name}_TARGET_{n}": target for n, target in enumerate(targets, start=1)}
