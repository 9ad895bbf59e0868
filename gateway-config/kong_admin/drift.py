"""How far a gateway is from its files, and what of the files it cannot follow. Touches no network.

Missing: something in the files needs a plugin that the gateway does not offer.
Foreign: something at the gateway is in no file and does not carry the select tag; it is left alone.
An instance that registered itself is neither: it comes and goes, and nobody is to wonder.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kong_admin.consumers import Credential
from kong_admin.diff import SELECT_TAG, Change, diff
from kong_admin.entities import Plugin
from kong_admin.entity import Entity
from kong_admin.errors import MissingPluginError
from kong_admin.node import Node
from kong_admin.shares import SELF_REGISTERED_TAG
from kong_admin.state import State

# A plugin, or a credential of one, with this tag is left out where the gateway lacks the plugin.
OPTIONAL_TAG = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """`changes` would make the gateway equal to the files, but for the optional `missing`."""

    node: Node
    live: State
    changes: tuple[Change, ...]
    missing: tuple[Entity, ...]
    foreign: tuple[Entity, ...]


def drift(*, desired: State, live: State, node: Node, select_tag: str = SELECT_TAG) -> Drift:
    """Compare, or raise MissingPluginError if the gateway cannot be what the files ask for."""
    missing = tuple(entity for entity in desired if not is_offered(entity, node))
    if required := [entity for entity in missing if OPTIONAL_TAG not in entity.tags]:
        raise MissingPluginError(
            f"this gateway does not offer the plugin {_names(required)}; take it out of the files, "
            f"tag it `{OPTIONAL_TAG}`, or enable it (KONG_PLUGINS)"
        )
    possible = State.of(entity for entity in desired if is_offered(entity, node))
    wanted = possible.by_identity()
    return Drift(
        node=node,
        live=live,
        changes=diff(desired=possible, live=live, select_tag=select_tag),
        missing=missing,
        foreign=tuple(
            entity
            for identity, entity in live.by_identity().items()
            if not {select_tag, SELF_REGISTERED_TAG} & set(entity.tags) and identity not in wanted
        ),
    )


def is_offered(entity: Entity, node: Node) -> bool:
    """Whether the gateway has the plugin that this entity needs, if it needs one."""
    plugin = plugin_of(entity)
    return plugin is None or node.plugins is None or plugin in node.plugins


def plugin_of(entity: Entity) -> str | None:
    """The plugin without which the gateway cannot keep this entity."""
    if isinstance(entity, Plugin):
        return entity.name
    return entity.plugin if isinstance(entity, Credential) else None


def _names(entities: Iterable[Entity]) -> str:
    return ", ".join(sorted({plugin_of(entity) or "" for entity in entities}))
