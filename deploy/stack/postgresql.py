"""The PostgreSQL cluster of one copy: where it lives and how it is made."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from stack.environment import POSTGRESQL_PORT
from stack.errors import MissingError, StackError
from stack.profile import LONGEST_SOCKET_DIRECTORY, Profile

SUPERUSER = "postgres"


def binaries() -> Path:
    """Where the newest installed version keeps its programs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if not found:
        raise MissingError("PostgreSQL is not installed: run `make setup`")
    return max(found, key=lambda path: float(path.parent.name))


def system_user() -> str:
    """Whom the server runs as when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return ""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise MissingError("there is no system user `postgres`: run `make setup`") from None


def data(profile: Profile) -> Path:
    """The data directory; the server's socket lies in it, behind its mode 0700."""
    inside = profile.state / "postgresql"
    fits = len(str(inside)) <= LONGEST_SOCKET_DIRECTORY
    return inside if fits and _reachable(profile.state) else profile.outside


def command(profile: Profile) -> tuple[str, ...]:
    """How the server is started in the foreground."""
    return (str(binaries() / "postgres"), "-D", str(data(profile)))


def prepare(profile: Profile) -> None:
    """Make the cluster if there is none, and write its configuration."""
    place, link = data(profile), profile.state / "postgresql"
    if link.is_symlink() and link.resolve() != place:
        link.unlink()
    if place != link and not link.is_symlink():
        link.symlink_to(place)
    if not (place / "PG_VERSION").exists():
        _initdb(place)
    _require_same_version(place)
    (place / "postgresql.conf").write_text(_configuration(profile))
    (place / "pg_hba.conf").write_text(_ACCESS)


def remove(profile: Profile) -> None:
    """Delete the cluster, wherever it lies."""
    place, link = data(profile), profile.state / "postgresql"
    if link.is_symlink():
        link.unlink()
    if place.exists():
        _require_ours(place)
        shutil.rmtree(place)


def _reachable(directory: Path) -> bool:
    """Whether the server's own user can come down to this directory."""
    if not system_user():
        return True
    return all(path.stat().st_mode & 0o001 for path in (directory, *directory.parents))


def _initdb(place: Path) -> None:
    user = system_user() or None
    place.mkdir(mode=0o700, exist_ok=True)
    _require_ours(place)
    # What a broken earlier try left behind; initdb insists on an empty directory.
    for leftover in place.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    if user:
        shutil.chown(place, user=user, group=user)
    # Both databases must sort alike, so the collation is ours and not the machine's.
    sort = ("--locale=C.UTF-8", "--encoding=UTF8")
    auth = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--username={SUPERUSER}")
    done = subprocess.run(
        [str(binaries() / "initdb"), "-D", str(place), *sort, *auth],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"initdb failed in {place}: {done.stderr.strip().splitlines()[-1]}")


def _require_ours(place: Path) -> None:
    """In /var/tmp anybody may have been there first."""
    mine = {os.geteuid(), pwd.getpwnam(system_user()).pw_uid if system_user() else os.geteuid()}
    if place.is_symlink() or place.stat().st_uid not in mine:
        raise StackError(f"{place} belongs to somebody else")


def _require_same_version(place: Path) -> None:
    made, installed = (place / "PG_VERSION").read_text().strip(), binaries().parent.name
    if made != installed:
        raise StackError(
            f"{place} was made by PostgreSQL {made} and {installed} is installed:"
            " run `python -m stack reset`"
        )


# The socket lies in the data directory, so only the server's user and root reach the superuser.
_ACCESS = """\
local all postgres trust
host  all all      127.0.0.1/32 scram-sha-256
"""


def _configuration(profile: Profile) -> str:
    durable = "on" if profile.durable else "off"
    return f"""\
listen_addresses = '127.0.0.1'
port = {profile.port(POSTGRESQL_PORT)}
unix_socket_directories = '{data(profile)}'
max_connections = 300
shared_buffers = 128MB
password_encryption = scram-sha-256
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
timezone = UTC
log_line_prefix = '%m [%p] %u@%d '
# What fails is told without its text and its rows: there are names, addresses and cards in them.
log_min_error_statement = panic
log_error_verbosity = terse
lc_messages = C
"""
