"""docker-compose.yml is the stack of this machine in containers, and lets nobody in.

`compose-spec.json` is the schema of the Compose Specification, unchanged from its repository at
170098ba (Apache License 2.0, Copyright 2020 The Compose Specification Authors).
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stack import containers as secrets
from stack import environment, table
from stack import profile as profiles
from stack.profile import ROOT
from stack.services import SERVICES, sides
from tests.deploy.composed import (
    DOCKERFILES,
    OURS,
    VARIABLE,
    VERSION,
    Container,
    container,
    containers,
    document,
    texts,
)

PROFILE = profiles.load(profiles.Kind.TEST)
PROGRAMS = (*table.applications(PROFILE), *table.exporters(PROFILE))
EVERY_PROGRAM = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
EVERY_CONTAINER = pytest.mark.parametrize("one", containers(), ids=lambda one: one.name)

# Ours, and no program of the stack: what is done once, and what is started by hand.
JOBS = {"databases", "signing-key", "gateway-setup", "seed", "identities", "tools", "locust"} | {
    f"{side}-migrate" for side in sides()
}
# Whose root is not read-only, and why.
WRITES_ITS_ROOT = {"kafka": "its start writes the configuration beside the programs"}
# Whom a person asks, and at which port.
DOORS = {
    "kong": {"8000", "8001"},
    "rabbitmq": {"15672"},
    "locust": {"8089"},
    "jaeger": {"16686"},
    "prometheus": {"9090"},
    "grafana": {"3000"},
}


# What the settings of the monolith want, whichever command it is.
DJANGO = {"DJANGO_SECRET_KEY", "AUTH_MASTER_KEY", "MONOLITH_APP_PASSWORD"}
# Which secrets a container is told, by its name; those of the sides follow a rule, in `needed`.
TOLD = {
    "postgresql": {"POSTGRES_PASSWORD"},
    "rabbitmq": {"AMQP_PASSWORD"},
    "databases": {"POSTGRES_PASSWORD", secrets.TENANT_PASSWORD, *secrets.ROLE_PASSWORDS.values()},
    "kong-migrations": {"KONG_PASSWORD"},
    "kong": {"KONG_PASSWORD"},
    "signing-key": DJANGO,
    "seed": {f"{side.upper()}_OWNER_PASSWORD" for side in sides()},
    "identities": DJANGO | {"SEED_PASSWORD"},
    "monolith-migrate": DJANGO - {"MONOLITH_APP_PASSWORD"} | {"MONOLITH_OWNER_PASSWORD"},
    "tools": {"AMQP_PASSWORD", "SEED_PASSWORD", "AUDITOR_PASSWORD"},
    # The merchant among the people signs in.
    "locust": {"SEED_PASSWORD"},
    "grafana": {"GRAFANA_PASSWORD"},
}
# Which role of its database a process of a side has, where that is not the application's.
ROLES = {"migrate": "OWNER", "relay": "RELAY", "kafka": "RELAY"}


# Their containers are added to a composition, which has the images already.
ADDED = {"kafka", "load", "tools"}


def words(program: table.Program) -> list[str]:
    """What a program's container runs: without the interpreter."""
    command = list(program.command)
    return command[command.index("-m") + 1 :]


def test_it_is_what_the_specification_allows() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(document())


@EVERY_PROGRAM
def test_every_program_of_the_stack_has_a_container_with_its_command(
    program: table.Program,
) -> None:
    assert container(program.name).definition["command"] == words(program)


def test_no_container_of_ours_is_a_program_that_the_stack_does_not_know() -> None:
    ours = {one.name for one in containers() if one.is_ours}
    assert ours - {program.name for program in PROGRAMS} == JOBS


@pytest.mark.parametrize("one", [c for c in containers() if c.is_ours], ids=lambda one: one.name)
def test_a_database_is_reached_with_the_role_that_the_stack_gives(one: Container) -> None:
    for name, value in one.environment.items():
        if not name.endswith("_DATABASE_URL") or one.name.endswith("-migrate"):
            continue
        role, database = environment.DATABASES[name]
        password = f"${{{secrets.ROLE_PASSWORDS[role.upper()]}}}"
        assert value == f"postgresql://{role}:{password}@postgresql:5432/{database}"


@EVERY_PROGRAM
def test_a_program_knows_no_more_than_the_stack_knows(program: table.Program) -> None:
    known = {*environment.variables(PROFILE), *program.variables, *PASSED_THROUGH}
    assert set(container(program.name).environment) <= known


METRIC = r"[a-z]+(?:_[a-z]+)+(?=[\[ )])"
# The caller's: on one machine they are in the environment of `make up`.
PASSED_THROUGH = ("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_TOPIC_PREFIX", "OTEL_EXPORTER_OTLP_ENDPOINT")
# What says how, and not where.
MANNERS = ("AUTH_REQUIRED", "LOG_LEVEL", "BANK_TIMEOUT_S", "DRAIN_S", "GRACE_S")


@EVERY_PROGRAM
def test_a_program_is_told_to_work_as_on_one_machine(program: table.Program) -> None:
    told = environment.variables(PROFILE) | dict(program.variables)
    ours = container(program.name).environment
    assert {name: ours[name] for name in MANNERS if name in ours} == {
        name: told[name] for name in MANNERS if name in ours
    }


def test_the_tools_know_what_the_gateway_files_ask_for() -> None:
    known = container("tools").environment
    files = [ROOT / "gateway-config" / "policy" / "tracing.yaml"]
    files += [ROOT / path for path in VARIABLE.sub("", known["KONG_FILES"]).split(":")]
    assert asked_by(files) <= set(known)
    auditor = {name for name in environment.DATABASES if name.startswith("AUDITOR_")}
    auditor -= {"AUDITOR_MONOLITH_DATABASE_URL"}
    assert auditor | {"SEED_PASSWORD"} <= set(known)


def asked_by(files: list[Path]) -> set[str]:
    """The variables that files, or all files of folders, want to be filled in."""
    asked: set[str] = set()
    for path in files:
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
            asked |= set(re.findall(r"(?<!\$)\$\{(\w+)\}", file.read_text())) - {"NAME"}
    assert asked
    return asked


def test_instances_are_where_the_tools_look_for_them() -> None:
    known = container("tools").environment
    for service in SERVICES:
        instances = [f"{service.name}-{n}" for n in range(1, service.instances + 1)]
        asked = instances or [f"{service.name}-{r}" for r in ("events", "chores")]
        urls = ",".join(f"http://{name}:8000" for name in asked)
        assert known[f"{service.name.upper()}_URLS"] == urls


@EVERY_CONTAINER
def test_an_image_is_pinned(one: Container) -> None:
    name, _, tag = one.image.partition(":")
    if one.is_ours:
        assert tag == VERSION
        assert (ROOT / one.dockerfile).exists()
        assert one.dockerfile.split("/")[-2] == name.removeprefix(OURS)
    else:
        assert re.match(r"v?\d+\.\d+", tag), "a version, and not a name that moves"


@pytest.mark.parametrize("image", sorted({one.image for one in containers() if one.is_ours}))
def test_one_container_builds_an_image_wherever_it_is_used(image: str) -> None:
    users = [one for one in containers() if one.image == image]
    # Compose builds all at the same time, and the second to write a name may be refused.
    [builder] = [one for one in users if one.builds]
    assert set().union(*(one.profiles for one in users)) - ADDED <= builder.profiles
    # Somebody else may own the name in a registry.
    assert {one.definition["pull_policy"] for one in users} == {"never"}


def test_the_composition_builds_the_images_that_make_builds() -> None:
    built = sorted(one.dockerfile for one in containers() if one.builds)
    assert built == sorted(f"{folder}/Dockerfile" for folder in DOCKERFILES)


@EVERY_CONTAINER
def test_a_container_is_limited_and_says_how_it_is(one: Container) -> None:
    limits = one.definition["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= set(limits)
    check = one.definition.get("healthcheck")
    if one.is_job:
        assert check == {"disable": True}
    elif check is None:
        assert "HEALTHCHECK --interval" in (ROOT / one.dockerfile).read_text()
    else:
        assert check["test"][0] == "CMD"


@EVERY_CONTAINER
def test_a_container_may_do_as_little_as_possible(one: Container) -> None:
    assert one.definition["read_only"] is (one.name not in WRITES_ITS_ROOT)
    assert one.definition["cap_drop"] == ["ALL"]
    assert one.definition["security_opt"] == ["no-new-privileges:true"]
    assert one.definition["user"] not in {"root", "0", "0:0"}
    assert "privileged" not in one.definition


@EVERY_CONTAINER
def test_only_doors_are_published_and_only_on_this_machine(one: Container) -> None:
    published = [port.rsplit(":", 2) for port in one.ports]
    assert {address for address, _, _ in published} <= {"127.0.0.1"}
    assert {inside for _, _, inside in published} == DOORS.get(one.name, set())
    assert ("edge" in one.definition["networks"]) == bool(published)


def test_nothing_else_leads_out_of_the_inner_network() -> None:
    assert document()["networks"]["inner"]["internal"] is True


@EVERY_CONTAINER
def test_what_is_waited_for_runs_in_the_same_profiles_or_may_be_away(one: Container) -> None:
    for name, how in one.needs.items():
        needed = container(name)
        expected = "service_completed_successfully" if needed.is_job else "service_healthy"
        assert how["condition"] == expected
        # `docker compose run` switches on the profiles of the one that it is asked for and no other,
        # and whoever is needed and switched off is an error.
        assert how.get("required", True) is (one.profiles <= needed.profiles), name
        assert needed.profiles & {"core", *one.profiles}


@pytest.mark.parametrize("place", ["README.md", "containers/gateway"])
def test_whoever_stops_it_is_told_to_stop_what_was_added_too(place: str) -> None:
    told = re.findall(r"docker compose (.*) down\b", (ROOT / "deploy" / place).read_text())
    assert told
    # Compose leaves the containers of other profiles alone, and with them the networks.
    assert set(told) == {'--profile "*"'}


def test_no_secret_is_in_the_file_and_every_secret_is_used() -> None:
    used = [match for text in texts(document()) for match in VARIABLE.finditer(text)]
    asked = {match[1] for match in used if match[2] != "-"}
    assert asked == set(secrets.SECRETS)
    for one in containers():
        for name, value in one.environment.items():
            if name.endswith(("PASSWORD", "_KEY", "_PASS")):
                assert VARIABLE.fullmatch(value), f"{one.name} {name}"


@EVERY_CONTAINER
def test_a_container_is_told_the_secrets_that_it_needs_and_no_other(one: Container) -> None:
    told = {match[1] for text in texts(one.definition) for match in VARIABLE.finditer(text)}
    assert {name for name in told if name.endswith(("_PASSWORD", "_KEY"))} == needed(one.name)


def needed(name: str) -> set[str]:
    """From the table, or that of a process of a side: the broker's and that of its own role."""
    side, _, part = name.partition("-")
    if name in TOLD or side not in sides():
        return TOLD.get(name, set())
    login = {f"{side.upper()}_{ROLES.get(part, 'APP')}_PASSWORD"}
    broker = set() if part == "migrate" else {"AMQP_PASSWORD"}
    is_django = side == "monolith" and part not in ROLES
    return login | broker | (DJANGO if is_django else set())


def test_the_last_job_of_a_start_knows_what_the_files_of_the_gateway_ask_for() -> None:
    known = container("gateway-setup").environment
    files = [ROOT / "gateway-config" / "policy" / "tracing.yaml"]
    files += [ROOT / path for path in VARIABLE.sub("", known["KONG_FILES"]).split(":")]
    assert asked_by(files) <= set(known)
    assert {"KONG_ADMIN_URL", "KONG_JWKS_URL", "SHOWN_URL"} <= set(known)


@EVERY_CONTAINER
def test_every_address_is_that_of_a_container(one: Container) -> None:
    names = {c.name for c in containers()}
    for value in texts(one.environment):
        for host in re.findall(r"(?:://(?:[^@/]*@)?|^|,)([a-z][a-z0-9-]*):\d+", value):
            assert host in names


@EVERY_CONTAINER
def test_what_is_mounted_is_there(one: Container) -> None:
    for volume in one.definition.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).exists()
        else:
            assert source in document()["volumes"]


def test_prometheus_asks_every_process_of_ours() -> None:
    config: Any = yaml.safe_load((ROOT / "deploy/observability/prometheus.yml").read_text())
    ours = next(job for job in config["scrape_configs"] if job["job_name"] == "ours")
    asked = {target for group in ours["static_configs"] for target in group["targets"]}
    programs = {program.name for program in PROGRAMS} - {"bank"}
    assert asked == {f"{name}:8000" for name in programs}


def test_the_dashboard_shows_numbers_that_somebody_tells() -> None:
    board = json.loads(
        (ROOT / "deploy/observability/grafana/dashboards/strangler.json").read_text()
    )
    asked = {
        name
        for panel in board["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(METRIC, re.sub(r"by \([^)]*\)", "", target["expr"]))
    }
    code = "".join(
        file.read_text()
        for folder in ("monolith", "extracted", "migration-plan/handover")
        for file in (ROOT / folder).rglob("*.py")
    )
    told = set(re.findall(r'(?:Counter|Gauge|Histogram)\(\s*"(\w+)"', code))
    own = {name for name in asked if not name.startswith(("kong_", "histogram_"))}
    assert len(own) > 10
    assert {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in own} <= told
