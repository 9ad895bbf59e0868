"""Cases and results as a run leaves them."""

from chaos.cases import Case, matrix
from chaos.results import CLEAN, Observed
from chaos.shop import plans

PLANS = plans()
CASES = matrix(PLANS)


def seen(case: Case = CASES[0], **changes: object) -> Observed:
    known: dict[str, object] = {
        "verdict": CLEAN,
        "at": 1_700_000_000.0,
        "seconds": 25.0,
        "tries": 1,
        "said": "killed",
        "after_ms": 12.4,
        "recovery": ("resume",),
        "pause_ms": 80.0,
        "longest_write_ms": 210.0,
        "requests": 600,
        "acknowledged": 150,
        "wrongs": {"failed": 0, "lost": 0},
    }
    return Observed(case=case, **{**known, **changes})  # type: ignore[arg-type]
