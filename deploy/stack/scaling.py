"""Brings a service to a number of instances, one after the other, and awaits each at the gateway."""

from collections.abc import Callable

from stack import environment, lifecycle, scale, starting, table
from stack.errors import StackError
from stack.joined import await_joined
from stack.profile import Profile
from stack.services import SERVICES
from stack.supervisor import Supervisor

Say = Callable[[str], None]


def scalable() -> list[str]:
    """The services whose instances register themselves."""
    return [service.name for service in SERVICES if service.upstreams]


def to(profile: Profile, name: str, number: int, *, say: Say) -> None:
    """Start what is missing, stop what is too much; the number holds until it is changed again."""
    if not environment.is_registering():
        raise StackError("REGISTER=off: nobody would tell the gateway of another instance")
    service = next(service for service in SERVICES if service.name == name)
    programs = table.instances(profile, service)
    if not Supervisor(profile).alive():
        raise StackError("nothing runs that could be scaled; start it with: python -m stack up")
    # First the number: a start that fails half-way is finished by the same command, or by `up`.
    scale.want(profile, service, number)
    for program in programs[:number]:
        starting.start(profile, (program,), say=say)
        await_joined(profile, service, program, say=say)
    for program in reversed(programs[number:]):
        lifecycle.stop(profile, (program,), say=say)
