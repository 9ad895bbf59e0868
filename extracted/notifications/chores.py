"""The process that writes and sends mails: plain, without eventlet, for SMTP blocks."""

from collections.abc import Mapping

from extracted.chassis.streams import read_plain_settings
from extracted.notifications.mailbox import Mailbox, read_mailbox
from extracted.notifications.sending import work
from handover.probe import serve_probe
from handover.process import Settings, Standing, connect_database, keep_going, stop_on_signals

PAUSE_S = 0.5


def run_chores(environ: Mapping[str, str]) -> None:
    """Work until told to stop; any number may run at once."""
    settings = read_plain_settings(environ, service="notifications", role="chores", login="")
    mailbox = read_mailbox(environ)
    standing = Standing()
    stop_on_signals(standing)
    if settings.probe_port is not None:
        serve_probe(
            host=settings.probe_host, port=settings.probe_port, trouble=lambda: standing.trouble
        )
    keep_going("chores", lambda s: _session(settings, mailbox, s), standing)


def _session(settings: Settings, mailbox: Mailbox, standing: Standing) -> None:
    with connect_database(settings.database_url, name="notifications-chores") as database:
        while not standing.stop.is_set():
            work(database, mailbox, is_stopped=standing.stop.is_set)
            standing.trouble = None
            standing.stop.wait(PAUSE_S)
