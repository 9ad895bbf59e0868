"""The table of programs: what runs, on which ports, how it is stopped and when it is ready."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from stack import environment as env
from stack import postgresql, rabbitmq
from stack.profile import Profile
from stack.services import SERVICES, Service


class Readiness(StrEnum):
    """What has to answer before a program counts as ready."""

    DATABASE = "a PostgreSQL connection"
    BROKER = "an AMQP connection"
    PORT = "a TCP connection"
    HTTP = "GET /readyz"
    PROXY = "any HTTP answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process under supervisor."""

    name: str
    command: tuple[str, ...]
    ports: tuple[int, ...]
    readiness: Readiness
    stop_signal: str = "TERM"
    stop_wait_s: int = 30
    ready_within_s: int = 90
    user: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def servers(profile: Profile) -> tuple[Program, ...]:
    """The servers, in the order in which they start."""
    return (_postgresql(profile), _epmd(profile), _rabbitmq(profile))


def gateway(profile: Profile) -> tuple[Program, ...]:
    """The embedded gateway: its Admin API, then its proxy."""
    admin, proxy = profile.port(env.ADMIN_PORT), profile.port(env.PROXY_PORT)
    module = (sys.executable, "-m", "embedded_gateway")
    return (
        _ours("gateway-admin", port=admin, command=(*module, "admin")),
        _ours(
            "gateway-envoy",
            port=proxy,
            command=(*module, "envoy"),
            readiness=Readiness.PROXY,
        ),
    )


def applications(profile: Profile) -> tuple[Program, ...]:
    """Our processes; they start together."""
    gunicorn = (sys.executable, "-m", "gunicorn", "-c", "monolith/gunicorn.conf.py")
    return (
        _ours(
            "monolith",
            port=profile.port(env.MONOLITH_PORT),
            command=(*gunicorn, "monolith.config.wsgi"),
        ),
        # Somebody else's, who plays along.
        _ours("bank", port=profile.port(env.BANK_PORT), command=(sys.executable, "-m", "bank")),
        *(program for service in SERVICES for program in _programs_of(profile, service)),
    )


def exporters(profile: Profile) -> tuple[Program, ...]:
    """The relays to Kafka, one per service; they run where there is a Kafka."""
    return tuple(
        _ours(
            f"{service.name}-kafka",
            port=profile.port(service.role_port("kafka")),
            command=(
                *(sys.executable, "-m", f"extracted.{service.name}"),
                *("relay", "--to", "kafka"),
            ),
        )
        for service in SERVICES
    )


def everything(profile: Profile) -> tuple[Program, ...]:
    """Every program, in the order in which they start."""
    return (*servers(profile), *gateway(profile), *applications(profile), *exporters(profile))


def named(profile: Profile, name: str) -> Program:
    """The program of this name."""
    return next(program for program in everything(profile) if program.name == name)


def _programs_of(profile: Profile, service: Service) -> Iterator[Program]:
    for number in range(1, service.instances + 1):
        yield _instance(profile, service, number)
    module = (sys.executable, "-m", f"extracted.{service.name}")
    for role in service.roles:
        port = profile.port(service.role_port(role))
        yield _ours(f"{service.name}-{role}", port=port, command=(*module, role))


def _ours(
    name: str,
    *,
    port: int,
    command: tuple[str, ...],
    readiness: Readiness = Readiness.HTTP,
) -> Program:
    return Program(
        name=name,
        command=command,
        ports=(port,),
        readiness=readiness,
        variables={"PORT": str(port)},
    )


def _instance(profile: Profile, service: Service, number: int) -> Program:
    port = profile.port(service.instance_port(number))
    command = (sys.executable, "-m", f"extracted.{service.name}", "serve")
    program = _ours(f"{service.name}-{number}", port=port, command=command)
    # Not ready first, gone later: the gateway asks for readiness every second.
    leaving = {"DRAIN_S": "2", "GRACE_S": "15"}
    return replace(program, variables={**program.variables, **leaving}, stop_wait_s=30)


def _postgresql(profile: Profile) -> Program:
    return Program(
        name="postgresql",
        command=postgresql.command(profile),
        ports=(profile.port(env.POSTGRESQL_PORT),),
        readiness=Readiness.DATABASE,
        # Fast shutdown: TERM would wait for the clients to leave.
        stop_signal="INT",
        user=postgresql.system_user(),
    )


def _epmd(profile: Profile) -> Program:
    return Program(
        name="epmd",
        command=rabbitmq.epmd_command(profile),
        ports=(profile.port(env.EPMD_PORT),),
        readiness=Readiness.PORT,
    )


def _rabbitmq(profile: Profile) -> Program:
    offsets = (env.AMQP_PORT, env.MANAGEMENT_PORT, env.DISTRIBUTION_PORT)
    return Program(
        name="rabbitmq",
        command=rabbitmq.command(),
        ports=tuple(profile.port(offset) for offset in offsets),
        readiness=Readiness.BROKER,
        # Needs about six; one that is told to stop while it boots may not listen at all.
        stop_wait_s=25,
        ready_within_s=120,
        variables=rabbitmq.variables(profile),
    )
