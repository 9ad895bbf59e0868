"""Where mails go: to a mail server, or into a folder where there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import localtime
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from extracted.chassis.config import ConfigError, required
from extracted.notifications.conversation import Conversation
from extracted.notifications.templates import Letter

SENDER = "shop@shop.example"


class Mailbox(Protocol):
    """Takes a mail; raises OSError or smtplib.SMTPException."""

    def put(self, message: EmailMessage) -> None:
        """Hand a mail over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server that speaks SMTP."""

    host: str
    port: int

    def put(self, message: EmailMessage) -> None:
        """Hand a mail to the server."""
        with Conversation(self.host, self.port) as server:
            server.send_message(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One file per mail."""

    path: Path

    def put(self, message: EmailMessage) -> None:
        """Write a file that is there as a whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = f"{uuid4()}.eml"
        half = self.path / f".{name}.half"
        half.write_bytes(message.as_bytes())
        half.rename(self.path / name)


def read_mailbox(environ: Mapping[str, str]) -> Mailbox:
    """Return EMAIL_HOST's server, or without one a folder under STATE_DIR; raises ConfigError."""
    host = environ.get("EMAIL_HOST", "")
    if not host:
        return Folder(path=Path(required(environ, "STATE_DIR")) / "mail")
    port = environ.get("EMAIL_PORT") or "25"
    if not port.isdecimal():
        msg = f"EMAIL_PORT is a number, not {port!r}"
        raise ConfigError(msg)
    return MailServer(host=host, port=int(port))


def message_of(letter: Letter, *, mail_id: UUID, recipient: str) -> EmailMessage:
    """Put a letter into an envelope; the same mail has the same Message-ID, on both sides."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = SENDER
    message["To"] = recipient
    message["Date"] = localtime()
    message["Message-ID"] = f"<{mail_id}@{SENDER.rpartition('@')[2]}>"
    message.set_content(letter.text)
    return message
