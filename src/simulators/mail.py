"""Where do the messages go that AlarmDesk sends, and how can one read them?

An SMTP server in the same process keeps every message, as it came, in the durable memory. It takes any sender,
any recipient and any user and password.
"""

from __future__ import annotations

import sqlite3
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from simulators.clock import iso
from simulators.memory import Memory
from simulators.world import Universe

SEPARATOR = ", "


class Sink:
    """Keeps messages; the name of the method is aiosmtpd's."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """250 once the message is committed; 451 when a fault asks for it."""
        if self.universe.faults.plan("smtp").fault:
            return "451 Requested action aborted: try again later"
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else bytes(content or b"")
        subject = str(parse(raw).get("Subject", ""))
        self.universe.memory.run(
            "INSERT INTO mail (at, sender, recipients, subject, raw) VALUES (?, ?, ?, ?, ?)",
            self.universe.clock.now(), envelope.mail_from or "", SEPARATOR.join(envelope.rcpt_tos), subject, raw,
        )  # fmt: skip
        return "250 OK"


def server(universe: Universe) -> partial[SMTP]:
    """What makes the protocol of one SMTP connection, for `loop.create_server`."""
    return partial(
        SMTP, Sink(universe), hostname="mail.simulated.example", enable_SMTPUTF8=True, auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )  # fmt: skip


def parse(raw: bytes) -> EmailMessage:
    """A message out of its bytes."""
    return message_from_bytes(raw, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    """The `plain` or `html` part as text, empty when there is none."""
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def attachments(message: EmailMessage) -> list[tuple[str, str, bytes]]:
    """Name, type and bytes of every attachment."""
    found = []
    for number, part in enumerate(message.iter_attachments(), 1):
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else part.as_bytes()
        found.append((part.get_filename() or f"attachment-{number}", part.get_content_type(), data))
    return found


def find(memory: Memory, *, to: str | None = None, subject: str | None = None, limit: int = -1) -> list[sqlite3.Row]:
    """Messages, newest first, whose recipient and subject hold these words (any case)."""
    return memory.all(
        "SELECT * FROM mail WHERE instr(lower(recipients), lower(?)) AND instr(lower(subject), lower(?))"
        " ORDER BY id DESC LIMIT ?",
        to or "", subject or "", limit,
    )  # fmt: skip


def as_json(row: sqlite3.Row) -> dict[str, Any]:
    """One message for tests: its envelope, both bodies, the names of its attachments and its header lines."""
    message = parse(row["raw"])
    return {
        "id": row["id"], "at": iso(row["at"]), "from": row["sender"], "to": row["recipients"].split(SEPARATOR),
        "subject": row["subject"], "text": body(message, "plain"), "html": body(message, "html"),
        "attachments": [name for name, _, _ in attachments(message)],
        "headers": {name: str(value) for name, value in message.items()},
    }  # fmt: skip
