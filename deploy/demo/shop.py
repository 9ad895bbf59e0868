"""The shop in which a story is told: started, filled, and closed at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx

from demo.commands import Commands
from demo.errors import StoryError

SIZES = ("products", "customers", "orders")
Say = Callable[[str], None]


@contextmanager
def open_shop(
    commands: Commands, *, fresh: bool = False, keep: bool = False, say: Say
) -> Iterator[None]:
    """Every process, ready, with its ports and roles in our environment; stopped at the end."""
    if fresh:
        say("forgetting what an earlier run left")
        commands.run("stack", "stack", "reset", "--profile", "dev", "--yes")
    say("starting servers, services and the gateway")
    try:
        commands.run("stack", "stack", "up", "--profile", "dev")
        _adopt_environment(commands)
        yield
    finally:
        if keep:
            say("left running; `make down` stops it")
        else:
            say("stopping everything")
            _stop(commands)


def fill(commands: Commands, sizes: Mapping[str, int], *, say: Say) -> None:
    """Fill an empty shop, and make who signs in."""
    page = httpx.get(
        f"{os.environ['KONG_PROXY_URL']}/api/v1/products?limit=1", timeout=30, trust_env=False
    )
    if page.is_success and page.json()["items"]:
        say("the shop is filled already")
    else:
        say(f"filling the services with {sizes['products']} products")
        arguments = [part for size in SIZES for part in (f"--{size}", str(sizes[size]))]
        commands.run("seed", "seeding", *arguments, "--seed", "1")
    # Also in a shop that was filled before: the password is this copy's.
    commands.run("seed", "monolith.manage", "make_identities")


def _stop(commands: Commands) -> None:
    failing = sys.exc_info()[1] is not None
    try:
        commands.run("stack", "stack", "down", "--profile", "dev")
    except StoryError:
        # What went wrong first is what the user must read.
        if not failing:
            raise


def _adopt_environment(commands: Commands) -> None:
    """What the stack knows of its ports and roles, for the load and the verdict."""
    known = commands.ask("stack", "stack", "env", "--profile", "dev", "--json")
    os.environ.update({name: str(value) for name, value in known.items()})
