"""The relay of a service: settings for the handover's processes.

Plain processes, without eventlet: they only wait for two sockets in turn, and py-amqp without a green
hub confirms ten times as fast.
"""

from collections.abc import Mapping

from extracted.chassis.config import ConfigError, required
from extracted.chassis.logging import configure
from handover import relay, tracing
from handover.process import Settings


def run_relay(environ: Mapping[str, str], *, service: str) -> None:
    """Carry our outbox to the broker, or to Kafka as well, until told to stop."""
    settings = read_plain_settings(environ, service=service, role="relay")
    if environ.get("RELAY_TO") == "kafka":
        _to_kafka(settings, environ)
    else:
        relay.run_relay(settings)


def _to_kafka(settings: Settings, environ: Mapping[str, str]) -> None:
    # Who does not use Kafka needs its client neither.
    from handover.exporter import end_export, run_exporter  # noqa: PLC0415
    from handover.kafka import KafkaConfigError, read_kafka_settings  # noqa: PLC0415

    if environ.get("RELAY_ENDS"):
        print(f"{end_export(settings)} domains are not kept for Kafka any more")
        return
    try:
        kafka = read_kafka_settings(environ)
    except KafkaConfigError as error:
        raise ConfigError(str(error)) from error
    run_exporter(settings, kafka)


def read_plain_settings(
    environ: Mapping[str, str], *, service: str, role: str, login: str | None = None
) -> Settings:
    """Read the settings of a plain process; raises ConfigError.

    `login` names whose database URL it uses: by default that of its role; "" is the application's.
    """
    parts = (service, role if login is None else login, "database_url")
    settings = Settings(
        side="service",
        database_url=required(environ, "_".join(filter(None, parts)).upper()),
        amqp_url=required(environ, "AMQP_URL"),
        probe_host=environ.get("LISTEN_HOST") or "127.0.0.1",
        probe_port=int(required(environ, "PORT")),
    )
    tracing.begin(f"{service}-{role}")
    configure(service=f"{service}-{role}", level=environ.get("LOG_LEVEL") or "INFO")
    return settings
