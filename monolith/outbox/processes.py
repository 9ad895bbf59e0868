"""How the monolith's relay and applier reach their database and the broker."""

import os

from handover import tracing
from handover.process import Settings
from monolith.web.environment import required


def settings_from_environment(*, database: str) -> Settings:
    """Read the settings of a process whose database URL is in variable `database`."""
    tracing.begin(database.removesuffix("_DATABASE_URL").replace("_", "-").lower())
    return Settings(
        side="monolith",
        database_url=required(database),
        amqp_url=required("AMQP_URL"),
        probe_host=os.environ.get("LISTEN_HOST", "127.0.0.1"),
        probe_port=int(required("PORT")),
    )
