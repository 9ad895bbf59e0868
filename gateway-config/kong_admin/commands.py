"""ping · dump · weights: one function each; `checking` and `applying` have the others."""

import click
import yaml

from kong_admin import options, report
from kong_admin.applying import keys, reset, sync_command
from kong_admin.auditing import audit
from kong_admin.checking import diff_command, drift_command, validate_command
from kong_admin.errors import UnusableInputError
from kong_admin.joining import join, reap
from kong_admin.printing import show
from kong_admin.reading import read_state
from kong_admin.render import render
from kong_admin.weights import read_weights, set_weights


@click.group(name="kong_admin")
def cli() -> None:
    """Make a Kong gateway equal to its declarative files.

    Exit codes: 0 as wished; 1 the gateway failed or refused; 2 unusable input (arguments, files,
    environment). Only `diff` and `drift` are otherwise, as in decK: 2 says that something differs,
    and whatever goes wrong is 1.
    """


@cli.command()
@options.gateway
@options.as_json
def ping(*, admin_url: str | None, headers: tuple[str, ...], as_json: bool) -> None:
    """Tell whether the gateway is there, its version, and whether it can be changed."""
    with options.open_gateway(admin_url, headers) as admin:
        node = admin.ping()
    facts = {"version": node.version, "database": node.database, "writable": node.is_writable}
    text = f"Kong {node.version}, database {node.database}"
    show(
        text if node.is_writable else f"{text}: takes only whole configurations",
        facts,
        as_json=as_json,
    )


@cli.command()
@options.gateway
@options.select_tag
@click.option("--all", "everything", is_flag=True, help="Also what does not carry the tag.")
@click.option(
    "--with-secrets", is_flag=True, help="Keys and secrets as they are, not as placeholders."
)
@options.as_json
def dump(
    *,
    admin_url: str | None,
    headers: tuple[str, ...],
    select_tag: str,
    everything: bool,
    with_secrets: bool,
    as_json: bool,
) -> None:
    """Print what is live in the format that `sync` reads."""
    with options.open_gateway(admin_url, headers) as admin:
        live = read_state(admin)
    shown = live if everything else live.tagged(select_tag)
    document = render(shown, select_tag=select_tag, with_secrets=with_secrets)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True).rstrip()
    show(text, document, as_json=as_json)


@cli.command()
@click.argument("upstream")
@click.argument("assignments", nargs=-1, metavar="[TARGET=WEIGHT]...")
@options.gateway
@options.dry_run
@options.as_json
def weights(
    *,
    upstream: str,
    assignments: tuple[str, ...],
    admin_url: str | None,
    headers: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Show the weights of an upstream's targets, or move them: raised first, never all zero."""
    wanted = dict(map(_assignment, assignments))
    with options.open_gateway(admin_url, headers) as admin:
        changes = set_weights(admin, upstream, wanted, dry_run=dry_run) if wanted else ()
        now = read_weights(admin, upstream)
    moved = [
        {"target": change.target, "before": change.before, "after": change.after}
        for change in changes
    ]
    table = [f"{weight:>5}  {target}" for target, weight in now.items()]
    text = "\n".join([*map(report.weight_line, changes), *table])
    facts = {"upstream": upstream, "weights": now, "changes": moved, "dry_run": dry_run}
    show(text, facts, as_json=as_json)


def _assignment(text: str) -> tuple[str, int]:
    target, equals, weight = text.rpartition("=")
    if not equals or not weight.isascii() or not weight.isdigit():
        raise UnusableInputError(f"{text!r} must look like 127.0.0.1:8080=50")
    return target, int(weight)


for command in (diff_command, drift_command, validate_command, sync_command, reset):
    cli.add_command(command)
for command in (keys, audit, join, reap):
    cli.add_command(command)
