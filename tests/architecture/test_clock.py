"""What is looked for by its age is found by an index, and an index can be asked for one moment only.

`clock_timestamp()` is another moment for each row, so PostgreSQL reads all rows and compares each;
`statement_timestamp()` is the same for all of a statement.
"""

import re

from tests.architecture.tree import PACKAGES, folder

# A CASE chooses a value for a row that is found already.
COMPARED = re.compile(
    r"^(?!.*\bCASE\b).*[<>]=?\s*(?:pg_catalog\.)?clock_timestamp\(\)", re.MULTILINE
)


def test_no_statement_looks_for_rows_by_a_clock_that_goes_on() -> None:
    found = [
        f"{path.name}: {match.group().strip()}"
        for package in PACKAGES
        for path in sorted(folder(package).rglob("*"))
        if path.suffix in {".py", ".sql"}
        for match in COMPARED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_rule_sees_a_comparison_and_leaves_a_choice() -> None:
    assert COMPARED.search('    "WHERE heard_at < clock_timestamp() - %s", (KEPT,)')
    assert COMPARED.search("AND next_try_at <= pg_catalog.clock_timestamp()")
    assert not COMPARED.search("tries = CASE WHEN since < clock_timestamp() - '1 min' THEN 1")
    assert not COMPARED.search("SET updated_at = clock_timestamp() WHERE id = %s")
