"""The mail host of the demo site: e-mails go to a file that can be read beside the texts, nothing leaves the machine."""

from datetime import datetime
from datetime import timezone
from email import message_from_bytes
from email import message_from_string
from email import policy
from Products.MailHost.MailHost import MailHost

import json
import os


class _FileMailer:
    """Appends each message to a file, one JSON object a line; called when the transaction is committed."""

    def __init__(self, path: str) -> None:
        self._path = path

    def vote(self, *message) -> None:
        """Accept every message."""

    def abort(self) -> None:
        """Keep nothing of a transaction that was given up."""

    def send(self, sender, recipients, message) -> None:
        """Write one line for the message."""
        parse = message_from_bytes if isinstance(message, bytes) else message_from_string
        mail = parse(message, policy=policy.default)
        body = mail.get_body(preferencelist=("plain", "html"))
        line = {
            "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "to": mail["To"] or ", ".join(recipients),
            "subject": mail["Subject"],
            "body": body.get_content() if body is not None else "",
        }
        with open(self._path, "a", encoding="utf-8") as sink:
            sink.write(json.dumps(line, ensure_ascii=False) + "\n")


class FileMailHost(MailHost):
    """A mail host that needs no mail server."""

    def _makeMailer(self):
        return _FileMailer(os.environ["SMSAUTH_DEMO_MAIL"])
