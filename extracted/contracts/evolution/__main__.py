"""Says what changed in the published language since a revision, and whom it breaks.

    python -m extracted.contracts.evolution [--base REVISION] [--json]

Exit code 0: nothing breaks anybody; 1: something does; 2: it cannot be told.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from extracted.contracts.evolution.alternatives import UnreadableSchemaError
from extracted.contracts.evolution.compare import Subject, compare
from extracted.contracts.evolution.readers import reader_of
from extracted.contracts.evolution.revision import (
    CONTRACTS,
    RevisionError,
    commit_of,
    read_revision,
    read_tree,
)
from extracted.contracts.parser import Parser

ROOT = Path(__file__).resolve().parents[3]


def main(arguments: Sequence[str] | None = None, *, root: Path = ROOT) -> int:
    """Compare, print, and return the exit code."""
    parser = Parser(
        prog="python -m extracted.contracts.evolution",
        description="Breaking and compatible changes of the published language.",
    )
    parser.add_argument("--base", help="a revision; by default the merge base with origin/main")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    try:
        commit = commit_of(asked.base or None, root=root)
        base = read_revision(commit, root=root)
        tree = read_tree(contracts=root / CONTRACTS.relative_to(ROOT))
        subjects = compare(base, tree, reader_of=reader_of)
    except (RevisionError, UnreadableSchemaError) as error:
        print(f"contracts: {error}", file=sys.stderr)
        return 2
    print(_as_json(subjects, commit=commit) if asked.json else _as_text(subjects, commit=commit))
    return 1 if any(subject.verdict == "breaking" for subject in subjects) else 0


def _as_text(subjects: Sequence[Subject], *, commit: str) -> str:
    lines = [f"compared with {commit[:12]}"]
    for subject in subjects:
        if subject.verdict != "unchanged":
            lines.append(f"{subject.verdict:<11} {subject.kind:<10} {subject.name}")
        for finding in subject.findings:
            mark, place = "!" if finding.is_breaking else " ", finding.place
            lines.append(f"  {mark} {place + ': ' if place else ''}{finding.what} ({finding.why})")
    counted = Counter(subject.verdict for subject in subjects)
    lines.append(", ".join(f"{counted[v]} {v}" for v in ("breaking", "compatible", "unchanged")))
    return "\n".join(lines)


def _as_json(subjects: Sequence[Subject], *, commit: str) -> str:
    counted = Counter(subject.verdict for subject in subjects)
    changed = [
        {"verdict": s.verdict, "kind": s.kind, "name": s.name}
        | {"findings": [asdict(finding) for finding in s.findings]}
        for s in subjects
        if s.findings
    ]
    return json.dumps({"base": commit, "counts": dict(counted), "changed": changed}, indent=2)


if __name__ == "__main__":
    sys.exit(main())
