"""Documents of the commands: built as JSON, printed for people from the same values."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from strangler.diagnosis import diagnose
from strangler.facts import SIDES, unowned
from strangler.gather import gather
from strangler.journal import Entry
from strangler.question import Check
from strangler.world import World


def status(world: World) -> dict[str, Any]:
    """Everything about one seam's present."""
    facts, run = gather(world), world.journal.latest_run()
    return {
        "seam": world.domain,
        "position": world.standing().name,
        "positions": [position.name for position in world.ladder.positions],
        "is_routed": world.gateway is not None,
        "stage": facts.stage,
        "read_weight": facts.read_weight,
        "owner": facts.owner,
        "epoch": max(facts.monolith.epoch, facts.service.epoch),
        **{name: value for name, value in asdict(facts).items() if name not in _SAID_ALREADY},
        "findings": [asdict(finding) for finding in diagnose(facts, seam=world.domain)],
        "comparisons": world.monolith.comparisons(world.domain),
        # Those that are demanded, seen or not.
        "routes": {
            **dict.fromkeys(world.plan.limits.compared_routes, 0),
            **facts.compared.routes,
        },
        "latest_run": run
        and {
            "verb": run.verb,
            "to": run.goal,
            "actor": run.actor,
            "started_at": run.started_at,
            "state": run.state,
        },
    }


_SAID_ALREADY = {"stage", "read_weight"}


def check_json(check: Check) -> dict[str, Any]:
    return asdict(check)


def entry_json(entry: Entry) -> dict[str, Any]:
    return asdict(entry)


def pause_estimate(history: Sequence[float]) -> dict[str, Any] | None:
    """What former handovers of this seam let expect; None without any."""
    if not history:
        return None
    return {
        "median": round(statistics.median(history), 1),
        "max": round(max(history), 1),
        "handovers": len(history),
    }


def print_status(console: Console, document: Mapping[str, Any]) -> None:
    """A table of two columns."""
    table = Table(title=f"seam {document['seam']}", show_header=False, title_justify="left")
    table.add_row("position", f"[bold]{document['position']}[/bold]")
    table.add_row("writes", f"{_owner(document)}, epoch {document['epoch']}")
    for side in ("monolith", "service"):
        table.add_row(side, _side_line(document[side]))
    if document["is_routed"]:
        table.add_row("gateway", _gateway_line(document))
    table.add_row("behind", f"{document['lag_messages']} messages")
    table.add_row("history", "copied" if document["is_backfilled"] else "not copied")
    if document["is_routed"]:
        table.add_row("shadow reads", _compared_line(document["compared"]))
        table.add_row("alike by route", _routes_line(document["routes"]))
    last = document["reconciled"]
    table.add_row("reconcile", _reconcile_line(last))
    if document["latest_run"]:
        table.add_row("latest run", _run_line(document["latest_run"], seam=document["seam"]))
    console.print(table)
    for finding in document["findings"]:
        said = f"[red]![/red] {escape(finding['what'])}: [bold]{escape(finding['type'])}[/bold]"
        console.print(said, soft_wrap=True)


def _owner(document: Mapping[str, Any]) -> str:
    if document["owner"]:
        return str(document["owner"])
    return unowned({document[side]["mode"] for side in SIDES})


def _run_line(run: Mapping[str, Any], *, seam: str) -> str:
    line = f"{run['verb']} to {run['to']} by {run['actor']}: {run['state']}"
    # Open is what runs now, and what was cut off; only somebody who tries the lock can tell.
    return line if run["state"] == "done" else f"{line}; to go on with it: strangler resume {seam}"


def _side_line(side: Mapping[str, Any]) -> str:
    words = [side["mode"], f"epoch {side['epoch']}"]
    words.append("stream on" if side["capture"] else "stream off")
    words.append(f"relay {'works' if side['is_relay_at_work'] else 'is idle'}")
    words.append(f"applier {'works' if side['is_applier_at_work'] else 'is idle'}")
    if side["caught"] or side["late"]:
        words.append(f"refused writes: {side['caught']} caught, {side['late']} sent on")
    return ", ".join(words)


def _compared_line(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {name}" for name, count in found.items() if isinstance(count, int))


def _routes_line(routes: Mapping[str, int]) -> str:
    return ", ".join(f"{route}: {alike}" for route, alike in routes.items()) or "none"


def _gateway_line(document: Mapping[str, Any]) -> str:
    reads, writes = document["reads_to_service"], document["writes_to_service"]
    if reads is None or writes is None:
        return "does not answer"
    return f"{reads:g} % of reads, {writes:g} % of writes to the service"


def _reconcile_line(last: Mapping[str, Any] | None) -> str:
    if last is None or not last["is_of_this_stream"]:
        return "never"
    return f"{'clean' if last['clean'] else 'differences'}, {last['age_s']:.0f} s ago"


def print_plan(console: Console, document: Mapping[str, Any]) -> None:
    """Effects, checks and the pause to expect."""
    if not document["moves"]:
        console.print(f"nothing to do: {document['seam']} stands at {document['to']}")
        return
    for move in document["moves"]:
        console.print(f"[bold]{move['from']} -> {move['to']}[/bold]")
        for effect in move["effects"]:
            mark = "~" if effect["changes"] else " "
            console.print(f"  {mark} {effect['name']}")
    print_checks(console, document["checks"])
    pause = document["pause_ms"]
    if pause:
        console.print(
            f"write pause: median {pause['median']} ms, max {pause['max']} ms "
            f"in the last {pause['handovers']} handovers"
        )
    elif any("hand over" in e["name"] for m in document["moves"] for e in m["effects"]):
        console.print("write pause: not known yet, no handover of this seam was measured")
    print_unfinished(console, document)


def print_unfinished(console: Console, document: Mapping[str, Any]) -> None:
    """What forbids every other run, if something does."""
    if document["unfinished"]:
        text = f"{document['unfinished']} is not finished: strangler resume {document['seam']}"
        console.print(escape(text), style="red", soft_wrap=True)


def print_checks(console: Console, checks: Sequence[Mapping[str, Any]]) -> None:
    """One row per check."""
    table = Table("", "check", "is", "limit", box=None)
    for check in checks:
        mark = "[green]ok[/green]" if check["ok"] else "[red]no[/red]"
        if check["comes_by_itself"]:
            mark = "[yellow]wait[/yellow]"
        table.add_row(mark, check["name"], escape(check["value"]), escape(check["limit"]))
    console.print(table)
    for check in checks:
        if not check["ok"] and not check["comes_by_itself"]:
            console.print(f"{check['name']}: {escape(check['mend'])}", soft_wrap=True)


def print_journal(console: Console, entries: Sequence[Entry]) -> None:
    """One line per row."""
    for entry in entries:
        at, run = entry.at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], str(entry.run_id)[:8]
        move = f"{entry.detail['from']} -> {entry.detail['to']}: " if "from" in entry.detail else ""
        error = f"  {entry.detail['error']}" if "error" in entry.detail else ""
        line = f"{at} {run} {entry.actor} {entry.phase:6} {move}{entry.step}{error}"
        console.print(escape(line), soft_wrap=True)
