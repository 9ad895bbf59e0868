"""Who judges the canary of one seam: its plan's criteria, its targets, the gateway's log."""

from dataclasses import dataclass

from strangler.analysis import Judgment, judge
from strangler.criteria import Criteria
from strangler.errors import RefusedError
from strangler.plan import Plan
from strangler.window import Sides, Window, samples, sides_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryJudge:
    """Looks at one window after another; each is judged by itself."""

    criteria: Criteria
    sides: Sides

    @classmethod
    def of(
        cls, plan: Plan, *, window_s: float | None = None, windows: int | None = None
    ) -> "CanaryJudge":
        """Take what nobody says from the plan; raises RefusedError if it says nothing."""
        if plan.analysis is None or plan.gateway is None:
            raise RefusedError(f"the plan of {plan.seam} has no section analysis; write one")
        said = {"window_s": window_s, "windows": windows}
        changed = {name: value for name, value in said.items() if value is not None}
        return cls(
            criteria=plan.analysis.model_copy(update=changed),
            sides=sides_of(plan.gateway.targets),
        )

    def judge(self, *, until_s: float) -> Judgment:
        """Judge the window that ends then; raises FailedError without a log."""
        window = Window(since_s=until_s - self.criteria.window_s, until_s=until_s)
        found = samples(
            self.criteria.log, service=self.criteria.service, window=window, sides=self.sides
        )
        return judge(baseline=found["monolith"], canary=found["service"], criteria=self.criteria)
