"""`python -m strangler`: run a command, and turn what goes wrong into one line and a code."""

import json
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from kong_admin import KongAdminError
from kong_admin.checking import drift_command
from strangler import asking
from strangler.errors import StranglerError

FAILED = 1
REFUSED = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Say where the seams of the monolith stand; nothing moves yet.

    Exit codes: 0 done, 1 something failed or does not answer, 2 refused; of drift, 2 says that there
    is some.
    """


for command in (
    asking.status,
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
        return _complain(str(error), error.exit_code, as_json=as_json)
    except KongAdminError as error:
        return _complain(str(error), FAILED, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        return _complain("stopped", INTERRUPTED, as_json=as_json)


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
