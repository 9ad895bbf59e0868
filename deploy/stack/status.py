"""Says how each program of a copy is."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from rich.table import Table

from stack import readiness, table
from stack.profile import Profile
from stack.supervisor import Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One program in the table that `up` and `status` print."""

    process: str
    port: int
    state: str
    pid: int | None
    answer: str

    @property
    def ready(self) -> bool:
        """Whether the program can do its work."""
        return self.state == "ready"


def lines(profile: Profile) -> list[Line]:
    """Every program, in the order in which they start; relays to Kafka only where they run."""
    optional = {program.name for program in table.exporters(profile)}
    seen = {process.name: process for process in Supervisor(profile).processes()}
    found = []
    for program in table.everything(profile):
        process = seen.get(program.name)
        if program.name in optional and (process is None or process.state == "STOPPED"):
            continue
        state, answer = (process.state if process else "STOPPED").lower(), ""
        if process and process.runs:
            answer = readiness.ask(profile, program)
            state = "not ready" if answer else "ready"
        found.append(
            Line(
                process=program.name,
                port=program.ports[0],
                state=state,
                pid=process.pid if process and process.pid else None,
                answer=answer,
            )
        )
    return found


def as_json(found: Iterable[Line]) -> list[dict[str, object]]:
    """For machines."""
    return [asdict(line) for line in found]


def as_table(found: Iterable[Line]) -> Table:
    """For people."""
    colors = {"ready": "green", "stopped": "dim"}
    result = Table(box=None, pad_edge=False)
    result.add_column("process")
    result.add_column("port", justify="right")
    result.add_column("state")
    result.add_column("pid", justify="right")
    result.add_column("")
    for line in found:
        color = colors.get(line.state, "red")
        pid = str(line.pid or "")
        result.add_row(
            line.process, str(line.port), f"[{color}]{line.state}[/]", pid, line.answer[:80]
        )
    return result
