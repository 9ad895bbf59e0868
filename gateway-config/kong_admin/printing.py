"""What a command answers: text for people, or one JSON document for programs."""

import json
from collections.abc import Mapping
from typing import Any

import click


def show(text: str, facts: Mapping[str, Any], *, as_json: bool) -> None:
    """On stdout, whichever was asked for."""
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else text)
