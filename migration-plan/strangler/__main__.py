"""`python -m strangler`: run a command, and turn what goes wrong into one line and a code."""

import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from strangler import asking, moving
from strangler.errors import StranglerError

REFUSED = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Move a seam out of the monolith, one position at a time, and back.

    monolith -> shadow -> canary-5 ... canary-100 -> cutover

    Exit codes: 0 done, 1 an effect failed (strangler resume SEAM goes on), 2 refused and nothing
    was changed.
    """


for command in (
    asking.status,
    asking.plan_command,
    asking.preflight_command,
    moving.advance,
    moving.retreat,
    moving.resume,
    moving.backfill,
    moving.reconcile,
    asking.journal,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(cli.main(arguments, prog_name="strangler", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        click.echo(no_arguments.ctx.get_help(), err=True)
        return REFUSED
    except click.ClickException as misused:
        return _complain(f"{misused.format_message()} See --help.", REFUSED)
    except StranglerError as error:
        return _complain(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _complain("stopped; see strangler status, then strangler resume", INTERRUPTED)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _complain(text: str, code: int) -> int:
    click.echo(f"strangler: {' '.join(text.split())}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
