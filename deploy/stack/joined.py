"""Awaits that instances which register themselves are targets of the gateway."""

from collections.abc import Callable

from kong_admin import ASIDE_TAG, KongAdmin, KongAdminError
from stack import environment, table, waiting
from stack.errors import StackError
from stack.profile import Profile
from stack.services import SERVICES, Service
from stack.table import Program

Say = Callable[[str], None]
JOINED_WITHIN_S = 30


def await_all_joined(profile: Profile, names: set[str], *, say: Say) -> None:
    """Return when each of these programs that registers itself is a target."""
    for service in SERVICES:
        for program in table.instances(profile, service):
            if program.registers and program.name in names:
                await_joined(profile, service, program, say=say)


def await_joined(profile: Profile, service: Service, program: Program, *, say: Say) -> None:
    """Return when an instance is a target of all its upstreams; tell its weights."""
    target = f"127.0.0.1:{program.ports[0]}"
    shown: list[str] = []
    with KongAdmin(f"http://127.0.0.1:{profile.port(environment.ADMIN_PORT)}") as admin:

        def joined() -> bool:
            try:
                shown[:] = [_standing(admin, name, target) for name in service.upstreams]
            except KongAdminError as missing:
                shown[:] = [str(missing)]
                return False
            return all(shown)

        if not waiting.until(joined, timeout_s=JOINED_WITHIN_S):
            raise StackError(
                f"{program.name} is no target after {JOINED_WITHIN_S} s: {', '.join(shown)};"
                f" see {profile.log(program.name)}"
            )
    say(f"{program.name} is a target: {', '.join(shown)}")


def _standing(admin: KongAdmin, upstream: str, address: str) -> str:
    """Raises NotFoundError."""
    target = admin.targets(upstream).get(address)
    return "" if ASIDE_TAG in target.tags else f"{upstream} {target.weight}"
