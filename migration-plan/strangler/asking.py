"""The command that changes nothing: status."""

import json
import os

import click
import psycopg
from rich.console import Console

from handover.operator import Hand
from strangler import options, report
from strangler.errors import FailedError, RefusedError, UnreachableError

_out = Console(highlight=False)
DATABASE = "STRANGLER_MONOLITH_DATABASE_URL"


@click.command()
@click.argument("seam", required=False)
@options.as_json
def status(*, seam: str | None, as_json: bool) -> None:
    """Show where a seam stands, or all of them: owner, epoch, facts, fence."""
    with _reach() as hand:
        try:
            documents = [report.status(hand, name) for name in _names(hand, seam)]
        except psycopg.Error as error:
            msg = f"the monolith's database refused ({_line(error)}); look: python -m stack status"
            raise FailedError(msg) from error
    if as_json:
        click.echo(json.dumps(documents[0] if seam else documents, default=str, indent=2))
    else:
        for document in documents:
            report.print_status(_out, document)


def _reach() -> Hand:
    url = os.environ.get(DATABASE)
    if not url:
        raise RefusedError(f'{DATABASE} is not set; first: eval "$(python -m stack env)"')
    try:
        return Hand.connect(url, side="monolith")
    except psycopg.OperationalError as error:
        msg = f"the monolith's database does not answer ({_line(error)}); start it: make up"
        raise UnreachableError(msg) from error


def _names(hand: Hand, seam: str | None) -> list[str]:
    known = hand.domains()
    if seam and seam not in known:
        raise RefusedError(f"there is no seam {seam}; there are: {', '.join(known) or 'none'}")
    return [seam] if seam else known


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
