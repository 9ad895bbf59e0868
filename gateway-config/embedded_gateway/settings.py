"""Where the gateway listens and keeps its state: read once, from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


class BadSettings(Exception):
    """The environment lacks something, or holds what cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's address, and the folder both processes share."""

    host: str
    port: int
    directory: Path

    @property
    def entities(self) -> Path:
        """The file of record."""
        return self.directory / "entities.json"


def read_settings(*, port_offset: int) -> Settings:
    """`port_offset` is this process's place above PORT_BASE when PORT is not set."""
    state = os.environ.get("STATE_DIR")
    if not state:
        raise BadSettings("STATE_DIR is not set: it names the folder that holds gateway/")
    return Settings(
        host=os.environ.get("LISTEN_HOST", "127.0.0.1"),
        port=_port(port_offset),
        directory=Path(state).absolute() / "gateway",
    )


def _port(offset: int) -> int:
    name, base = ("PORT", 0) if os.environ.get("PORT") else ("PORT_BASE", offset)
    text = os.environ.get(name)
    if not text:
        raise BadSettings("neither PORT nor PORT_BASE is set")
    if not text.isdigit() or not 0 < int(text) + base < 65536:
        raise BadSettings(f"{name} is not a port: {text!r}")
    return int(text) + base
