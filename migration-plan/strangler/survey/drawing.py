"""The couplings as a picture: Mermaid for documents, DOT for Graphviz."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from strangler.survey.crossing import Crossing, Kind, number_of
from strangler.survey.files import SurveyError
from strangler.survey.findings import Findings

BEGIN = "<!-- survey: begin -->"
END = "<!-- survey: end -->"


def mermaid(findings: Findings) -> str:
    """An arrow per pair: solid with what ties, dotted where only doors are used."""
    return "\n".join(["graph LR", *_mermaid_lines(findings)])


def _mermaid_lines(findings: Findings) -> Iterator[str]:
    nodes = {app: f"app{place}" for place, app in enumerate(findings.apps)}
    for app, node in nodes.items():
        yield f'    {node}["{app}"]'
    for (source, target), crossings in findings.pairs().items():
        arrow = "-->" if number_of(crossings) else "-.->"
        yield f'    {nodes[source]} {arrow}|"{_label(crossings)}"| {nodes[target]}'


def dot(findings: Findings) -> str:
    """The same for `dot -Tsvg`; a heavier pair has a thicker arrow."""
    lines = ["digraph couplings {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f'  "{app}";' for app in findings.apps]
    for (source, target), crossings in findings.pairs().items():
        number = number_of(crossings)
        style = f"penwidth={min(1 + number / 10, 8):.1f}" if number else "style=dotted"
        lines.append(f'  "{source}" -> "{target}" [label="{_label(crossings)}", {style}];')
    return "\n".join([*lines, "}"])


def _label(crossings: Sequence[Crossing]) -> str:
    counted = Counter(crossing.kind for crossing in crossings)
    ordered = sorted(counted, key=list(Kind).index)
    return ", ".join(f"{counted[kind]} {kind}" for kind in ordered)


def put_into(path: Path, picture: str) -> None:
    """Replace what stands between the marks of a document."""
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        msg = f"{path} has no place for the picture: write the lines {BEGIN} and {END} into it"
        raise SurveyError(msg)
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{block(picture)}{after}", encoding="utf-8")


def block(picture: str) -> str:
    """The picture between its marks."""
    return f"{BEGIN}\n```mermaid\n{picture}\n```\n{END}"
