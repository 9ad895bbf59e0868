"""How many instances of a service a copy should have: its own number, until somebody says another."""

import shutil
from pathlib import Path

from stack.profile import Profile
from stack.services import Service


def wanted(profile: Profile, service: Service) -> int:
    """The number, kept over `down` and `up`."""
    try:
        text = (_folder(profile) / service.name).read_text()
    except FileNotFoundError:
        return service.instances
    return min(int(text), service.most_instances)


def want(profile: Profile, service: Service, number: int) -> None:
    """Remember another number; starting and stopping is not done here."""
    _folder(profile).mkdir(parents=True, exist_ok=True)
    (_folder(profile) / service.name).write_text(str(number))


def forget(profile: Profile) -> None:
    """Let each service have its own number again."""
    shutil.rmtree(_folder(profile), ignore_errors=True)


def _folder(profile: Profile) -> Path:
    return profile.state / "scale"
