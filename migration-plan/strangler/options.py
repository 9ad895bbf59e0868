"""The options that the commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from strangler import plans

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done and do nothing.")
no_wait = click.option(
    "--no-wait",
    is_flag=True,
    help="Refuse at once instead of waiting for lag, readiness or shadow comparisons.",
)
to_position = click.option(
    "--to", "goal", metavar="POSITION", help="Walk to this position, several moves if need be."
)


def seam(command: F) -> F:
    """SEAM and --seams: the command is given the plan of the seam as `plan`."""

    @functools.wraps(command)
    def with_plan(*args: Any, seam: str, seams: Path, **options: Any) -> Any:
        return command(*args, plan=plans.load(seam, folder=seams), **options)

    decorated = seams_folder(with_plan)
    return click.argument("seam")(decorated)  # type: ignore[return-value]


def seams_folder(command: F) -> F:
    """--seams: where the plans are."""
    return click.option(
        "--seams",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=plans.SEAMS,
        envvar="STRANGLER_SEAMS",
        show_envvar=True,
        help="The folder with the plans of the seams.",
    )(command)
