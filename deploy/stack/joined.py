"""Instances that register themselves: awaited as targets of the gateway, and forgotten when gone."""

from collections.abc import Callable
from contextlib import suppress

from kong_admin import ASIDE_TAG, KongAdmin, KongAdminError, NotFoundError
from stack import environment, table, waiting
from stack.errors import StackError
from stack.profile import Profile
from stack.services import SERVICES, Service
from stack.table import Program

Say = Callable[[str], None]
JOINED_WITHIN_S = 30
HOST = "127.0.0.1"


def await_all_joined(profile: Profile, names: set[str], *, say: Say) -> None:
    """Return when each of these programs that registers itself is a target."""
    for service in SERVICES:
        for program in table.instances(profile, service):
            if program.registers and program.name in names:
                await_joined(profile, service, program, say=say)


def forget_strangers(profile: Profile, *, say: Say) -> None:
    """Take out targets at ports of this machine that are no program's of this copy.

    Their instances were killed while the copy had other ports, and nobody else will delete them: a
    gateway that asks them fails each such request.
    """
    ports = {port for program in table.possible(profile) for port in program.ports}
    known = {f"{HOST}:{port}" for port in ports}
    with _gateway(profile) as admin:
        for upstream in sorted({name for service in SERVICES for name in service.upstreams}):
            # What has retired has none.
            with suppress(NotFoundError):
                for target in admin.targets(upstream).list_all():
                    if target.target.startswith(f"{HOST}:") and target.target not in known:
                        say(f"{target.target} is no port of ours: it leaves {upstream}")
                        admin.targets(upstream).delete(target.target)


def _gateway(profile: Profile) -> KongAdmin:
    return KongAdmin(f"http://{HOST}:{profile.port(environment.ADMIN_PORT)}")


def await_joined(profile: Profile, service: Service, program: Program, *, say: Say) -> None:
    """Return when an instance is a target of all its upstreams; tell its weights."""
    target = f"{HOST}:{program.ports[0]}"
    shown: list[str] = []
    with _gateway(profile) as admin:

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
