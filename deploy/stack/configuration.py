"""Writes supervisor's configuration from the table of programs."""

import os
import shlex
from pathlib import Path

from stack import table
from stack.profile import Profile
from stack.table import Program

# How a program that outlived its supervisor is recognized; see strays.py.
MARK = "STACK_STATE"


def path(profile: Profile) -> Path:
    """The file supervisor reads; it holds no secret."""
    return profile.state / "supervisord.conf"


def write(profile: Profile) -> None:
    """Make supervisor's configuration anew."""
    sections = [_daemon(profile)]
    listed = table.everything(profile)
    sections += [_program(profile, entry, order) for order, entry in enumerate(listed)]
    path(profile).write_text("\n".join(sections))


def _daemon(profile: Profile) -> str:
    # Without this line supervisor warns at each start that it runs as root.
    user = "user=root\n" if os.geteuid() == 0 else ""
    return f"""\
[supervisord]
{user}directory={_escaped(profile.root)}
logfile={_escaped(profile.logs)}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={_escaped(profile.state)}/supervisord.pid
umask=077
childlogdir={_escaped(profile.logs)}

[unix_http_server]
file={_escaped(profile.socket)}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(profile: Profile, program: Program, order: int) -> str:
    variables = {MARK: str(profile.state), "STACK_PROGRAM": program.name, **program.variables}
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in variables.items())
    user = f"user={program.user}\n" if program.user else ""
    # Supervisor expands this path twice, so it must not hold the clone's, which may have a "%".
    log = profile.log(program.name).relative_to(profile.root)
    return f"""\
[program:{program.name}]
command={_escaped(shlex.join(program.command))}
environment={pairs}
{user}priority={order}
autostart=false
autorestart=true
startsecs=1
startretries=20
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_wait_s}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""


def _escaped(text: object) -> str:
    """Supervisor expands `%(name)s` everywhere."""
    return str(text).replace("%", "%%")
