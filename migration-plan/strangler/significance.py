"""How likely chance alone would make the canary look so much worse: two tests, one-sided.

They are those of Kayenta, the canary judge of Netflix and Google, and its kin. A module of its own,
because scipy takes longer to load than most commands take to run.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import fisher_exact, mannwhitneyu


def of_failures(*, canary: tuple[int, int], baseline: tuple[int, int]) -> float:
    """Fisher's exact test (1922, 1935) over (failed, answered) of both sides."""
    table = np.array([canary, baseline])
    return float(fisher_exact(table, alternative="greater").pvalue)


def of_latencies(*, canary: Sequence[float], baseline: Sequence[float]) -> float:
    """Mann and Whitney's U test (1947): whether the canary's values tend to be the greater ones.

    It compares ranks, so it assumes no shape; latencies have a long tail and many ties.
    """
    test = mannwhitneyu(canary, baseline, alternative="greater", method="asymptotic")
    return float(test.pvalue)
