"""The dump of the tables that go: written beside its goal, hashed, then given its name."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from handover import retiring
from strangler.acts import Detail
from strangler.errors import FailedError
from strangler.world import World

BLOCK = 1024 * 1024
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


def dump(world: World) -> Detail:
    """Dump all tables of the domain at the monolith; a dump that is there and whole is kept."""
    found = retiring.retirement(world.monolith, world.domain)
    noted = dict(found.dump) if found and found.dump else None
    if noted and ((found is not None and found.dropped_at) or _is_whole(noted)):
        return noted
    tables = [use.table for use in retiring.uses(world.monolith, world.domain)]
    rows = retiring.row_counts(world.monolith, world.domain)
    goal = (world.plan.retire.dumps / f"{world.domain}.dump").resolve()
    _write(world, tables, goal)
    noted = {
        "path": str(goal),
        "sha256": sha256(goal),
        "bytes": goal.stat().st_size,
        "sequence": world.monolith.inbox_sequence(world.domain),
        "rows": rows,
    }
    retiring.note_dump(world.monolith, world.domain, noted)
    return noted


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(noted: dict[str, object]) -> bool:
    path = Path(str(noted["path"]))
    return path.is_file() and sha256(path) == noted["sha256"]


def _write(world: World, tables: list[str], goal: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise FailedError(
            f"there is no pg_dump here; install PostgreSQL's client, then: "
            f"strangler resume {world.domain}"
        )
    goal.parent.mkdir(parents=True, exist_ok=True)
    part = goal.with_suffix(".part")
    named = [f"--table={table}" for table in tables]
    done = subprocess.run(
        [program, "--format=custom", "--no-owner", f"--file={part}", *named],
        # Not on the command line, where everybody on the machine could read the password.
        env={**os.environ, **_login(world.plan.databases.monolith)},
        # Customers and cards are in it.
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or "it did not say why").splitlines()[-1]
        raise FailedError(f"pg_dump failed ({said}); then: strangler resume {world.domain}")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(goal)


def _login(url: str) -> dict[str, str]:
    known = conninfo_to_dict(url)
    return {variable: str(known[name]) for name, variable in _VARIABLES.items() if known.get(name)}
