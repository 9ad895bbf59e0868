"""The table of programs: what runs, on which ports, how it is stopped and when it is ready."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from stack import clusters, postgresql, rabbitmq, scale
from stack import environment as env
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
    # Whether it makes itself a target of the gateway, and ceases to be one when it ends.
    registers: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def servers(profile: Profile) -> tuple[Program, ...]:
    """The servers, in the order in which they start."""
    return (*_postgresql(profile), _epmd(profile), _rabbitmq(profile))


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
    manage = (sys.executable, "-m", "monolith.manage")
    return (
        _ours(
            "monolith",
            port=profile.port(env.MONOLITH_PORT),
            command=(*gunicorn, "monolith.config.wsgi"),
        ),
        _ours("monolith-relay", port=profile.port(110), command=(*manage, "relay")),
        _ours("monolith-applier", port=profile.port(111), command=(*manage, "applier")),
        _ours("monolith-chores", port=profile.port(112), command=(*manage, "chores")),
        # Somebody else's, who plays along.
        _ours("bank", port=profile.port(env.BANK_PORT), command=(sys.executable, "-m", "bank")),
        *(program for service in SERVICES for program in _programs_of(profile, service)),
    )


def exporters(profile: Profile) -> tuple[Program, ...]:
    """The relays to Kafka, one per database; they run where there is a Kafka."""
    relays = {"monolith": (113, "monolith.manage")} | {
        service.name: (service.role_port("kafka"), f"extracted.{service.name}")
        for service in SERVICES
    }
    return tuple(
        _ours(
            f"{side}-kafka",
            port=profile.port(offset),
            command=(sys.executable, "-m", module, "relay", "--to", "kafka"),
        )
        for side, (offset, module) in relays.items()
    )


def everything(profile: Profile) -> tuple[Program, ...]:
    """Every program, in the order in which they start."""
    return (*servers(profile), *gateway(profile), *applications(profile), *exporters(profile))


def possible(profile: Profile) -> tuple[Program, ...]:
    """Every program that may run: also the instances to which a service could be scaled."""
    known = {program.name for program in everything(profile)}
    every = [program for service in SERVICES for program in instances(profile, service)]
    return (*everything(profile), *(program for program in every if program.name not in known))


def named(profile: Profile, name: str) -> Program:
    """The program of this name."""
    return next(program for program in possible(profile) if program.name == name)


def instances(profile: Profile, service: Service) -> tuple[Program, ...]:
    """All that a service may have, in order: those that it has are the first of them."""
    numbers = range(1, service.most_instances + 1)
    return tuple(_instance(profile, service, number) for number in numbers)


def _programs_of(profile: Profile, service: Service) -> Iterator[Program]:
    yield from instances(profile, service)[: scale.wanted(profile, service)]
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
    name = f"{service.name}-{number}"
    port = profile.port(service.instance_port(number))
    serve = (sys.executable, "-m", f"extracted.{service.name}", "serve")
    beside = _registrar(profile, service, port=port) if service.upstreams else ()
    program = _ours(name, port=port, command=(*beside, *serve))
    # Not ready first, gone later: the gateway asks for readiness every second.
    leaving = {"DRAIN_S": "2", "GRACE_S": "15", "KONG_AUDIT_ACTOR": name}
    return replace(
        program,
        variables={**program.variables, **leaving},
        stop_wait_s=30,
        registers=bool(service.upstreams),
    )


def _registrar(profile: Profile, service: Service, *, port: int) -> tuple[str, ...]:
    """What makes an instance a target while it is ready; with REGISTER=off it only starts it."""
    upstreams = [word for name in service.upstreams for word in ("--upstream", name)]
    place, monolith = f"127.0.0.1:{port}", f"127.0.0.1:{profile.port(env.MONOLITH_PORT)}"
    where = ("--target", place, "--rest-to", monolith, "--ready-url", f"http://{place}/readyz")
    return (sys.executable, "-m", "kong_admin", "join", *upstreams, *where, "--")


def _postgresql(profile: Profile) -> Iterator[Program]:
    for cluster in clusters.clusters(profile):
        yield Program(
            name=cluster.name,
            command=postgresql.command(cluster),
            ports=(cluster.port,),
            readiness=Readiness.DATABASE,
            # Fast shutdown: TERM would wait for the clients to leave.
            stop_signal="INT",
            user=clusters.system_user(),
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
