"""diff · drift · validate: the commands that only look."""

from pathlib import Path

import click

from kong_admin import options, report
from kong_admin.errors import UnusableInputError
from kong_admin.printing import show
from kong_admin.state import State
from kong_admin.sync import compare
from kong_admin.validation import Refused, validate

DIFFERS = 2


@click.command(name="diff")
@options.files
@options.gateway
@options.select_tag
@options.as_json
def diff_command(
    *,
    paths: tuple[Path, ...],
    admin_url: str | None,
    headers: tuple[str, ...],
    select_tag: str,
    as_json: bool,
) -> int:
    """Say what `sync` would change; exit code 2 when there is something."""
    desired = options.desired_state(paths, select_tag)
    with options.open_gateway(admin_url, headers) as admin:
        found = compare(admin, desired, select_tag=select_tag)
    text = report.text(found.changes, found.missing, otherwise="no difference")
    show(text, report.facts(found.changes, found.missing), as_json=as_json)
    return DIFFERS if found.changes else 0


@click.command(name="drift")
@options.files
@options.gateway
@options.select_tag
@click.option("--all", "everything", is_flag=True, help="Also what is not ours counts as drift.")
@options.as_json
def drift_command(
    *,
    paths: tuple[Path, ...],
    admin_url: str | None,
    headers: tuple[str, ...],
    select_tag: str,
    everything: bool,
    as_json: bool,
) -> int:
    """Say what at the gateway is not as the files say; exit code 2 when there is something.

    The weights of targets tagged weight-by-strangler may be what they are. What others made, without
    the select tag, is listed, and counts only with --all.
    """
    desired = options.desired_state(paths, select_tag)
    with options.open_gateway(admin_url, headers) as admin:
        found = compare(admin, desired, select_tag=select_tag)
    show(report.drift_text(found), report.drift_facts(found), as_json=as_json)
    return DIFFERS if found.changes or (everything and found.foreign) else 0


@click.command(name="validate")
@options.files
@options.gateway
@options.select_tag
@options.as_json
def validate_command(
    *,
    paths: tuple[Path, ...],
    admin_url: str | None,
    headers: tuple[str, ...],
    select_tag: str,
    as_json: bool,
) -> int:
    """Read the files and ask the gateway, if one is given, whether it would take each entity.

    Nothing is changed. Exit code 2 when something is refused.
    """
    desired = options.desired_state(paths, select_tag)
    refused = _asked(desired, admin_url, headers) if admin_url else ()
    lines = [f"{entity.label}: {reason}" for entity, reason in refused]
    count = len(list(desired))
    asked = "" if admin_url else "; no gateway was asked (set KONG_ADMIN_URL)"
    facts = {"entities": count, "asked": bool(admin_url), "refused": lines}
    show("\n".join(lines) or f"{count} entities are well formed{asked}", facts, as_json=as_json)
    return DIFFERS if refused else 0


def _asked(desired: State, admin_url: str, headers: tuple[str, ...]) -> tuple[Refused, ...]:
    if not list(desired):
        raise UnusableInputError("the files declare nothing")
    with options.open_gateway(admin_url, headers) as admin:
        return validate(admin, desired)
