"""The RabbitMQ node of one copy: its configuration and its environment."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import httpx

from stack import environment as env
from stack import passwords
from stack.causes import cause
from stack.errors import MissingError, StackError
from stack.profile import Profile

# Debian's wrapper in /usr/sbin changes user and directory; the original does neither.
_BINARIES = Path("/usr/lib/rabbitmq/bin")

_ON_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
# Of a connection, there and back.
_BUFFER_BYTES = 131_072
# Idle schedulers spin for work by default, and here they share few cores with everything else.
_WITHOUT_SPINNING = "+sbwt none +sbwtdcpu none +sbwtdio none"


def command() -> tuple[str, ...]:
    """How the node is started in the foreground."""
    if not (_BINARIES / "rabbitmq-server").exists():
        raise MissingError("RabbitMQ is not installed: run `make setup`")
    return (str(_BINARIES / "rabbitmq-server"),)


def epmd_command(profile: Profile) -> tuple[str, ...]:
    """Erlang's port mapper in the foreground: a node that finds none would leave one behind."""
    found = shutil.which("epmd")
    if found is None:
        raise MissingError("epmd is not installed: run `make setup`")
    return (found, "-address", "127.0.0.1", "-port", str(profile.port(env.EPMD_PORT)))


def home(profile: Profile) -> Path:
    """The node's own directory."""
    return profile.state / "rabbitmq"


def prepare(profile: Profile) -> None:
    """Write the node's configuration."""
    for directory in (home(profile), home(profile) / "mnesia"):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_private(home(profile) / "rabbitmq.conf", _configuration(profile))
    _write_private(home(profile) / "enabled_plugins", "[rabbitmq_management].\n")


def variables(profile: Profile) -> Mapping[str, str]:
    """What keeps the node inside its own directory and on loopback."""
    place = home(profile)
    return {
        "HOME": str(place),
        "RABBITMQ_NODENAME": f"strangler-{profile.base}@localhost",
        "RABBITMQ_MNESIA_BASE": str(place / "mnesia"),
        "RABBITMQ_LOG_BASE": str(profile.logs),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(place / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(place / "rabbitmq.pid"),
        "RABBITMQ_DIST_PORT": str(profile.port(env.DISTRIBUTION_PORT)),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ON_LOOPBACK} {_WITHOUT_SPINNING}",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(profile.port(env.EPMD_PORT)),
        "ERL_CRASH_DUMP": str(profile.logs / "rabbitmq.crash"),
    }


def ensure_login(profile: Profile) -> None:
    """Give the user its password anew when the file of passwords is not the one it was made with."""
    url = f"{env.variables(profile)['AMQP_MANAGEMENT_URL']}/api/whoami"
    if httpx.get(url, timeout=10, trust_env=False).status_code != HTTPStatus.UNAUTHORIZED:
        return
    tool = (str(_BINARIES / "rabbitmqctl"), "-q", "change_password", env.AMQP_USER)
    done = subprocess.run(
        tool,
        # By the standard input: everybody can read a command line.
        input=passwords.load(profile)["AMQP"],
        env={**env.inherited(), **variables(profile)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"rabbitmqctl change_password failed: {cause(done.stderr)}")


def _configuration(profile: Profile) -> str:
    # A node that starts empty makes this user and virtual host instead of guest and "/".
    # The buffers: the broker gives each connection one as large as the kernel's largest, and over
    # loopback that is megabytes.
    return f"""\
listeners.tcp.1 = 127.0.0.1:{profile.port(env.AMQP_PORT)}
management.tcp.ip = 127.0.0.1
management.tcp.port = {profile.port(env.MANAGEMENT_PORT)}
default_vhost = {env.VHOST}
default_user = {env.AMQP_USER}
default_pass = {passwords.load(profile)["AMQP"]}
default_user_tags.administrator = true
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 200MB
tcp_listen_options.backlog = 128
tcp_listen_options.nodelay = true
tcp_listen_options.sndbuf = {_BUFFER_BYTES}
tcp_listen_options.recbuf = {_BUFFER_BYTES}
log.console = true
log.console.level = info
log.file = false
"""


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
