"""The gateway as a seam sees it: what share of reads and writes it sends to the service."""

import os
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import httpx

from kong_admin import (
    KongAdmin,
    NotAppliedError,
    NotFoundError,
    UnusableInputError,
    audit_of,
    instances_of,
    set_weights,
    weights_for,
)
from strangler.errors import FailedError
from strangler.plan import Gateway as Part
from strangler.plan import Plan, Probe

Traffic = Literal["reads", "writes", "opted-in reads"]

# With 1 in 20 requests going to the service, 200 requests miss it once in 28 000 runs.
ASKED_TOGETHER = 200
IN_A_ROW = 20
LOOKS = 10
# No connection is kept, as no cookie is: either would keep us on one side of a sticky canary.
_AS_A_STRANGER = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    """An upstream's, by side; who stands aside comes or goes just now."""

    monolith: int
    instances: Mapping[str, int]
    aside: tuple[str, ...]


class Gateway:
    """Sets and reads shares by `kong_admin`, and asks the proxy what clients would get."""

    def __init__(
        self,
        plan: Plan,
        *,
        part: Part,
        probe: Probe,
        admin: KongAdmin | None = None,
        proxy: httpx.BaseTransport | None = None,
    ) -> None:
        self._plan, self._part, self._probe = plan, part, probe
        self._monolith = part.targets.monolith
        self._admin = admin or KongAdmin(part.admin, audit=audit_of(os.environ))
        self._proxy = httpx.Client(
            base_url=part.proxy,
            timeout=5.0,
            transport=proxy,
            trust_env=False,
            limits=_AS_A_STRANGER,
        )

    def close(self) -> None:
        self._admin.close()
        self._proxy.close()

    @property
    def has_opt_in(self) -> bool:
        """Whether people can ask for the canary by name."""
        return self._part.opt_in_upstream is not None

    def instances(self, traffic: Traffic = "reads") -> tuple[str, ...]:
        """The addresses of the service's instances, as the gateway has them now."""
        return tuple(self._weights(traffic).instances)

    def share(self, traffic: Traffic) -> float:
        """Percent of this traffic that the weights send to the service."""
        if self._has_no_monolith(traffic):
            return 100.0
        weights = self._weights(traffic)
        ours = sum(weights.instances.values())
        total = ours + weights.monolith
        return 100 * ours / total if total else 0.0

    def set_share(self, traffic: Traffic, percent: int) -> dict[str, int]:
        """Send `percent` to the service; returns the weights. Repeating it changes nothing."""
        upstream = self._upstream(traffic)
        # An instance that came meanwhile took the weight of before: look again until none did.
        for _ in range(LOOKS):
            weights = self._weights(traffic)
            if percent and not weights.instances:
                raise FailedError(
                    f"no instance of the service is a target of {upstream}; start one, "
                    f"then: strangler resume {self._plan.seam}"
                )
            wanted = weights_for(percent, rest=self._monolith, instances=weights.instances)
            aside = dict.fromkeys(weights.aside, 0)
            with suppress(NotAppliedError, NotFoundError, UnusableInputError):
                if not set_weights(self._admin, upstream, wanted | aside):
                    return wanted
        raise FailedError(
            f"the targets of {upstream} were different each of {LOOKS} times; wait until no "
            f"instance comes or goes, then: strangler resume {self._plan.seam}"
        )

    def take_out_monolith(self) -> tuple[str, ...]:
        """Leave only the service in the seam's upstreams; returns those that were changed."""
        part, changed = self._part, []
        upstreams = (part.read_upstream, part.write_upstream, part.opt_in_upstream)
        for upstream in filter(None, upstreams):
            targets = self._admin.targets(upstream)
            if any(target.target == self._monolith for target in targets.list_all()):
                targets.delete(self._monolith)
                changed.append(upstream)
        return tuple(changed)

    def _has_no_monolith(self, traffic: Traffic) -> bool:
        live = self._admin.targets(self._upstream(traffic)).list_all()
        return bool(live) and all(target.target != self._monolith for target in live)

    def _weights(self, traffic: Traffic) -> _Weights:
        upstream = self._upstream(traffic)
        live = self._admin.targets(upstream).list_all()
        weights = {target.target: target.weight for target in live}
        instances = instances_of(live, rest=self._monolith)
        if missing := {self._monolith, *self._part.targets.service} - weights.keys():
            raise FailedError(
                f"the gateway's upstream {upstream} has no target "
                f"{', '.join(sorted(missing))}; put it there: python -m kong_admin sync"
            )
        return _Weights(
            monolith=weights.pop(self._monolith),
            instances=instances,
            aside=tuple(weights.keys() - instances.keys()),
        )

    def served_by(self) -> str:
        """Send one harmless request; who answered it, or what went wrong with it."""
        self._proxy.cookies.clear()
        try:
            answer = self._proxy.get(self._probe.path)
        except httpx.TransportError as error:
            return f"nobody ({error or type(error).__name__})"
        if answer.status_code != self._probe.status:
            return f"status {answer.status_code}"
        return str(answer.headers.get("X-Served-By", "nobody that says so"))

    def await_answers(self, percent: int) -> Mapping[str, int]:
        """Ask until the answers come from the sides they should come from; returns the last count.

        The Admin API answers before the proxy follows, hence the patience.
        """
        deadline = time.monotonic() + self._plan.patience.verify_s
        while True:
            count = self._ask(percent)
            if _is_as_expected(count, self._expected(percent)):
                return count
            if time.monotonic() >= deadline:
                found = ", ".join(f"{times} x {who}" for who, times in count.items())
                raise FailedError(
                    f"GET {self._probe.path} at {self._part.proxy} with {percent} % of "
                    f"the reads at the service was answered by {found}; "
                    f"expected {' and '.join(sorted(self._expected(percent)))}; look into their "
                    f"logs, then: strangler resume {self._plan.seam}, or back: strangler retreat "
                    f"{self._plan.seam}"
                )

    def _ask(self, percent: int) -> Counter[str]:
        expected = self._expected(percent)
        count: Counter[str] = Counter()
        for _ in range(ASKED_TOGETHER if len(expected) > 1 else IN_A_ROW):
            count[self.served_by()] += 1
            if len(expected) > 1 and expected == count.keys():
                break
        return count

    def _expected(self, percent: int) -> set[str]:
        sides = {self._probe.monolith} if percent < 100 else set()
        return sides | ({self._probe.service} if percent > 0 else set())

    def _upstream(self, traffic: Traffic) -> str:
        part = self._part
        upstreams = {"reads": part.read_upstream, "writes": part.write_upstream}
        upstream = upstreams.get(traffic, part.opt_in_upstream)
        if upstream is None:
            raise FailedError(f"the plan of {self._plan.seam} names no upstream for {traffic}")
        return upstream


def _is_as_expected(count: Mapping[str, int], expected: set[str]) -> bool:
    return count.keys() == expected
