"""`python -m strangler`: run a command, and turn what goes wrong into one line and a code."""

import json
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from kong_admin import KongAdminError
from kong_admin.checking import drift_command
from strangler import asking, canary, mending, moving, reconciling, retiring
from strangler.errors import StranglerError

FAILED = 1
REFUSED = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Move a seam out of the monolith, one position at a time, and back.

    monolith -> shadow -> canary-5 ... canary-100 -> cutover (-> retired, for good)

    Exit codes: 0 done, 1 something failed or does not answer (strangler resume SEAM goes on with
    what was begun), or a check said no after moves that were made (the line says where the seam
    stands now), 2 refused and nothing was changed; of drift, 2 says that there is some, and
    analyze has codes of its own.
    """


for command in (
    asking.status,
    asking.plan_command,
    asking.preflight_command,
    moving.advance,
    moving.retreat,
    moving.resume,
    moving.backfill,
    reconciling.reconcile,
    mending.resend,
    retiring.retire,
    retiring.uphold,
    canary.analyze,
    canary.promote,
    asking.journal,
    # The gateway's own command: whoever asks where seams stand asks this next.
    drift_command,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        return int(cli.main(arguments, prog_name="strangler", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        click.echo(no_arguments.ctx.get_help(), err=True)
        return REFUSED
    except click.ClickException as misused:
        return _complain(f"{misused.format_message()} See --help.", REFUSED, as_json=as_json)
    except StranglerError as error:
        return _complain(str(error), error.exit_code, as_json=as_json and not error.is_told)
    except KongAdminError as error:
        return _complain(str(error), FAILED, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        said = "stopped; see strangler status, then strangler resume"
        return _complain(said, INTERRUPTED, as_json=as_json)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _complain(text: str, code: int, *, as_json: bool) -> int:
    line = " ".join(text.split())
    if as_json:
        click.echo(json.dumps({"ok": False, "error": line}))
    click.echo(f"strangler: {line}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
