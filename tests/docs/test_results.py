"""What is told of the measurements was measured: each number of the text stands on a page."""

import re

from tests.docs.markdown import ROOT

RESULTS = ROOT / "loadtests" / "results"
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")


def test_each_number_that_is_read_out_stands_on_a_page() -> None:
    pages = [page.read_text(encoding="utf-8") for page in RESULTS.glob("*.md")]
    [told] = [page for page in pages if page.startswith("# What was measured")]
    measured = {number for page in pages if page is not told for number in DECIMAL.findall(page)}
    # The command that made a page has numbers of its own.
    words = "\n".join(line for line in told.splitlines() if not line.startswith("|"))
    said = set(DECIMAL.findall(words))
    assert len(said) > 10
    assert said <= measured, said - measured
