"""A mail server that keeps what it is given, so that a test can read the e-mails that a site really sent."""

from collective.smsauth.interfaces import IDispatcher
from email import message_from_bytes
from email import policy
from email.message import EmailMessage
from plone import api
from zope.component import getUtility

import re
import socketserver
import threading


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 at your service")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._say("354 go on")
                self.server.letters.append(b"".join(iter(self._line_of_letter, b".\r\n")))
            self._say("221 bye" if verb == b"QUIT" else "250 fine")

    def _line_of_letter(self) -> bytes:
        line = self.rfile.readline()
        return line[1:] if line.startswith(b"..") else line or b".\r\n"

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    """An SMTP server on a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[bytes] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self) -> None:
        """Have the site send its e-mails here."""
        host, port = self.server_address
        api.portal.set_registry_record("plone.smtp_host", host)
        api.portal.set_registry_record("plone.smtp_port", port)

    def close(self) -> None:
        """Close."""
        self.shutdown()
        self.server_close()

    def mails(self) -> list[EmailMessage]:
        """Return the e-mails that came, the oldest first, those included that are on their way."""
        if not getUtility(IDispatcher).drain(10):
            raise AssertionError("E-mails are still on their way after ten seconds.")
        return [message_from_bytes(letter, policy=policy.default) for letter in self.letters]

    def last_link(self) -> str:
        """Return the address of a web page in the last e-mail.

        :raises LookupError: there is no e-mail, or no link in it.
        """
        for mail in self.mails()[-1:]:
            found = re.search(r"https?://\S+", mail.get_content())
            if found:
                return found[0]
        raise LookupError("There is no link in the last e-mail.")
