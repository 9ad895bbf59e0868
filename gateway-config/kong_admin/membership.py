"""One address in one upstream: takes its share, gives it up, goes. Safe beside others that do the same.

Kong knows no transaction and no lock over targets. So whoever writes looks again afterwards, until
there is nothing left to do: the one who writes last also looks last, and sees what all have done.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import repeat

from kong_admin.client import KongAdmin
from kong_admin.entities import Target
from kong_admin.entity import Reference
from kong_admin.errors import ConflictError, NotFoundError, UnsettledError
from kong_admin.shares import (
    ASIDE_TAG,
    SELF_REGISTERED_TAG,
    Look,
    Update,
    looks_like_a_share,
    to_join,
    to_step_aside,
)

TRIES = 10


class Membership:
    """`rest` is the address that has what the instances leave: the monolith's."""

    def __init__(self, admin: KongAdmin, *, upstream: str, address: str, rest: str) -> None:
        self.upstream, self.address = upstream, address
        self._rest = rest
        self._wrote_rest = False
        self._targets = admin.targets(upstream)

    @property
    def is_there(self) -> bool:
        """Whether the gateway has the target."""
        try:
            self._targets.get(self.address)
        except NotFoundError:
            return False
        return True

    def join(self) -> int:
        """Have the weight that the siblings have; returns it. Raises UnsettledError."""
        for look in self._looks():
            if look.me not in look.found:
                self._create()
            elif updates := to_join(look):
                self._apply(updates)
            else:
                return look.mine.weight
        raise self._restless()

    def step_aside(self) -> bool:
        """Give the share up; False for the last instance, which keeps it. Raises UnsettledError."""
        percent = 0
        for look in self._looks():
            if look.me not in look.found:
                return True
            percent = percent if look.is_aside else look.mine.weight
            if not (updates := to_step_aside(look, percent=percent)):
                return look.is_aside
            self._apply(updates)
        raise self._restless()

    def go(self) -> bool:
        """Take the target away once nobody is sent there; False for the last one, which stays."""
        if not self.step_aside():
            return False
        self._targets.delete(self.address)
        return True

    def _looks(self) -> Iterator[Look]:
        """One look after another, each remembering what the earlier ones saw."""
        is_share = self._wrote_rest = False
        for _ in repeat(None, TRIES):
            found = {target.target: target for target in self._targets.list_all()}
            look = Look(found=found, me=self.address, rest=self._rest)
            is_share = is_share or (self.address in found and looks_like_a_share(look))
            yield replace(look, is_share=is_share, wrote_rest=self._wrote_rest)

    def _create(self) -> None:
        target = Target(
            upstream=Reference(name=self.upstream),
            target=self.address,
            weight=0,
            tags=(SELF_REGISTERED_TAG, ASIDE_TAG),
        )
        # A former life of ours, or the repeated half of a lost call, was first.
        with suppress(ConflictError):
            self._targets.create(target)

    def _apply(self, updates: tuple[Update, ...]) -> None:
        for update in updates:
            self._wrote_rest = self._wrote_rest or update.target == self._rest
            fields: dict[str, object] = {"weight": update.weight}
            if update.tags is not None:
                fields["tags"] = list(update.tags)
            # Somebody may have taken it away meanwhile; the next look tells.
            with suppress(NotFoundError):
                self._targets.patch(update.target, fields, idempotent=True)

    def _restless(self) -> UnsettledError:
        return UnsettledError(
            f"upstream {self.upstream} was different each of {TRIES} times that it was looked at; "
            "who else changes its weights? Try again"
        )
