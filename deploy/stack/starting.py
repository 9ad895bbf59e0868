"""Starts programs and awaits each on its own terms."""

from collections.abc import Callable, Iterable

from stack import ports, readiness, waiting
from stack.causes import cause
from stack.errors import ProgramError
from stack.profile import Profile
from stack.supervisor import Process, Supervisor
from stack.table import Program


def start(profile: Profile, programs: Iterable[Program], *, say: Callable[[str], None]) -> None:
    """Start programs together and await each; those that run are left alone."""
    supervisor = Supervisor(profile)
    programs = tuple(programs)
    stopped = require_ports(profile, programs)
    supervisor.ensure()
    for program in stopped:
        say(f"starting {program.name}")
        supervisor.start(program.name)
    for program in programs:
        await_ready(profile, program)


def require_ports(profile: Profile, programs: Iterable[Program]) -> list[Program]:
    """Return those that do not run; complain when somebody else has a port of theirs."""
    running = {process.name for process in Supervisor(profile).processes() if process.runs}
    stopped = [program for program in programs if program.name not in running]
    for program in stopped:
        ports.require_free(program.name, program.ports)
    return stopped


def await_ready(profile: Profile, program: Program) -> None:
    """Return once the program answers; complain as soon as it dies."""
    supervisor = Supervisor(profile)
    first = supervisor.process(program.name).pid
    answer = "nothing yet"

    def ready() -> bool:
        nonlocal answer
        process = supervisor.process(program.name)
        # Supervisor starts a dead program again, so another process id is a death as well.
        if not process.runs or process.pid != first:
            supervisor.stop(program.name)
            raise ProgramError(_death(profile, process))
        answer = readiness.ask(profile, program)
        return not answer

    if not waiting.until(ready, timeout_s=program.ready_within_s):
        raise ProgramError(
            f"{program.name} was not ready after {program.ready_within_s} s:"
            f" {answer}; see {profile.log(program.name)}"
        )


def await_return(profile: Profile, program: Program) -> None:
    """Return once a program that was killed answers again, however often it had to be started."""
    if not waiting.until(
        lambda: not readiness.ask(profile, program), timeout_s=program.ready_within_s
    ):
        raise ProgramError(f"{program.name} did not come back; see {profile.log(program.name)}")


def _death(profile: Profile, process: Process) -> str:
    log = profile.log(process.name)
    # What an earlier run wrote does not explain this death.
    fresh = log.exists() and log.stat().st_mtime >= process.started
    text = log.read_text(errors="replace")[-20000:] if fresh else ""
    return f"{process.name} died at start: {cause(text)}; see {log}"
