"""`python -m kong_admin`: run a command, and turn what goes wrong into one line and a code."""

import sys
from collections.abc import Sequence

import click

from kong_admin.commands import cli
from kong_admin.errors import KongAdminError, NotAuthorizedError, RefusedError, UnusableInputError

FAILED = 1
UNUSABLE_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. `diff` and `drift` keep 2 for "something differs", so their errors are all 1."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    unusable = FAILED if arguments[:1] in (["diff"], ["drift"]) else UNUSABLE_INPUT
    try:
        return int(cli.main(arguments, prog_name="kong_admin", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        click.echo(no_arguments.ctx.get_help(), err=True)
        return unusable
    except click.ClickException as misused:
        return _complain(f"{misused.format_message()} See --help.", unusable)
    except UnusableInputError as refused:
        return _complain(str(refused), unusable)
    except KongAdminError as failed:
        return _complain(f"{failed}{_advice(failed)}", FAILED)
    except click.Abort:
        return _complain("stopped; what was applied stays, run it again to finish", 130)


def _complain(text: str, code: int) -> int:
    click.echo(f"kong_admin: {' '.join(text.split())}", err=True)
    return code


def _advice(failed: KongAdminError) -> str:
    if isinstance(failed, NotAuthorizedError):
        return "; give the token in KONG_ADMIN_TOKEN or with --header"
    if isinstance(failed, RefusedError) and failed.status >= 500:
        return "; look into the gateway's log, then run the command again"
    return ""


if __name__ == "__main__":
    sys.exit(main())
