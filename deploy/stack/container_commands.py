"""compose-env · databases: the commands for those who run the system in containers."""

import json
from pathlib import Path

import click

from stack import containers, kubernetes, options
from stack.profile import ROOT


@click.command("compose-env")
@options.as_json
@click.option("--dry-run", is_flag=True, help="Only name what would be added.")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=containers.FILE,
    help="Where Compose looks: .env beside docker-compose.yml.",
)
def compose_env(*, path: Path, dry_run: bool, as_json: bool) -> None:
    """Write random passwords for docker-compose.yml, in a file only its owner can read.

    What the file has already stays as it is.
    """
    if dry_run:
        added = tuple(name for name in containers.SECRETS if name not in containers.names_in(path))
    else:
        added = containers.write_environment(path)
    if as_json:
        click.echo(json.dumps({"file": str(path), "added": added, "dry_run": dry_run}))
        return
    click.echo(f"{path}: {len(added)} secrets {'would be ' if dry_run else ''}added")


@click.command("databases")
def make_databases() -> None:
    """Make all roles and databases at DATABASE_ADMIN_URL, each password from <ROLE>_PASSWORD.

    What `up` does on this machine, for a server that somebody else started.
    """
    containers.ensure_databases()
    click.echo("roles and databases are there", err=True)


@click.command("manifests")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if a file is not current.")
def make_manifests(*, check: bool) -> int:
    """Make the generated part of deploy/kubernetes anew from docker-compose.yml."""
    changed = kubernetes.stale() if check else kubernetes.write()
    for path in changed:
        click.echo(path.relative_to(ROOT))
    return 1 if check and changed else 0
