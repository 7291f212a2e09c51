"""E-mails about a member's second step: what was done, so that who did not do it hears of it; and codes, where e-mail is a channel.

They leave after the commit, in a worker thread: a mail server that is slow or down must not undo a right answer, keep a
page waiting, or let the time of an answer tell whether there was anybody to write to.
"""

from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from collections.abc import Callable
from collections.abc import Iterable
from collective.smsauth import logger
from collective.smsauth.delivery.pool import Task
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import traced
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import IDispatcher
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formataddr
from email.utils import formatdate
from email.utils import make_msgid
from email.utils import parseaddr
from plone import api
from typing import Any
from zope.component import getUtility
from zope.globalrequest import getRequest
from zope.i18n import translate
from zope.i18nmessageid import Message

import re
import smtplib
import socket
import transaction

#: One mailbox, without a name, without quotes, comments or groups: RFC 5322 knows more than anybody's address needs.
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f@,;:<>()\[\]\"\\]+@[^\s\x00-\x1f\x7f@,;:<>()\[\]\"\\]+")
_LONGEST_ADDRESS = 254

#: What a connection to a mail server that was not made raises, and what a server says that takes nothing.
_NEVER_LEFT = (
    ConnectionRefusedError,
    socket.gaierror,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
)

Report = Callable[[DeliveryStatus], object]


class _Mailer:
    """Stands in for the mailer of a mail host: at the end of the commit it passes the message to a worker thread."""

    def __init__(self, report: Report | None, never_left: Report | None) -> None:
        self._mailer: Any = None
        self._report = report
        self._never_left = never_left or report
        self._was_used = False

    def instead_of(self, mailer: Any) -> "_Mailer":
        """Return this mailer, which leaves the sending to the real one."""
        self._mailer = mailer
        return self

    def vote(self, *message: Any) -> None:
        """Do not ask the mail server whether it is there: nobody's sign-in depends on it."""

    def abort(self) -> None:
        """There is no connection to give up."""

    def send(self, sender: str, recipients: Iterable[str], message: Any) -> None:
        """Send in a worker thread."""
        self._was_used = True
        if not getUtility(IDispatcher).submit(Task(lambda: self._send(sender, recipients, message), self._lose)):
            logger.error("A notice about two-step verification was dropped: the queue is full")
            self.tell(DeliveryStatus.TRY_LATER, certain=True)

    def _lose(self, begun: bool) -> None:
        logger.error("A notice about two-step verification was dropped: the process was stopped")
        self.tell(DeliveryStatus.TRY_LATER, certain=not begun)

    def _send(self, sender: str, recipients: Iterable[str], message: Any) -> None:
        status, certain = DeliveryStatus.SENT, False
        try:
            self._mailer.send(sender, recipients, message)
        except Exception as error:  # whatever a mail server does, it is for the log
            status, words = DeliveryStatus.TRY_LATER, described(error, *recipients)
            certain = isinstance(error, _NEVER_LEFT)
            logger.error(
                "A notice about two-step verification could not be sent by e-mail: %s\n%s", words, traced(error)
            )
        self.tell(status, certain=certain)

    def tell(self, status: DeliveryStatus, *, certain: bool = False) -> None:
        """Report what became of the message, if anybody asked. ``certain`` tells that it did not leave."""
        tell = self._never_left if certain else self._report
        if tell is not None:
            tell(status)

    def settle(self, committed: bool) -> None:
        """Report a message that a mail host took without this mailer, into a queue for instance."""
        if committed and not self._was_used:
            self.tell(DeliveryStatus.SENT)


def deferred(mail_host: Any, report: Report | None = None, never_left: Report | None = None) -> tuple[Any, _Mailer]:
    """Return a copy of a mail host whose own mailer does its work after the commit, in a worker thread, and the mailer for ``settle``.

    Queues, and mail hosts that print or collect messages, go on working: only the connection to a mail server is put off. ``report``
    is called outside of the request with a DeliveryStatus, once that is known; ``never_left`` in its place, if it is given, when the
    message certainly did not leave.
    """
    original, mailer = aq_base(mail_host), _Mailer(report, never_left)
    if not hasattr(original, "_makeMailer"):
        return mail_host, mailer
    kind: Any = type(original)
    copy = kind.__new__(kind)
    copy.__dict__.update(original.__dict__)
    copy._makeMailer = lambda: mailer.instead_of(original._makeMailer())
    return copy.__of__(aq_parent(aq_inner(mail_host))), mailer


def compose(recipient: str, subject: Message, *body: str) -> EmailMessage:
    """Return an e-mail from the site to ``recipient``. ``subject`` and the paragraphs of the ``body`` are message ids, or text as it is.

    It has the fields of RFC 5322 (section 3.6), and says that nobody wrote it (RFC 3834, section 5): programs that answer for somebody who
    is away leave it alone.
    """
    request = getRequest()
    name = api.portal.get_registry_record("plone.email_from_name", default=None) or ""
    address = api.portal.get_registry_record("plone.email_from_address", default=None) or ""
    message = EmailMessage()
    message["Subject"] = " ".join(translate(subject, context=request).split())
    message["From"] = formataddr((name, address))
    message["Date"] = formatdate(getUtility(IClock)(), usegmt=True)
    message["Message-ID"] = make_msgid(domain=_host_of(address))
    message["Auto-Submitted"] = "auto-generated"
    # Exchange sends notices of absence, and more, unless it is told not to in words of its own
    message["X-Auto-Response-Suppress"] = "All"
    with suppress(AttributeError, IndexError, TypeError, ValueError):
        # Members write their address by themselves. What is no plain one, such as a list of them, gets no e-mail, and undoes nothing.
        if len(recipient) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(recipient):
            message["To"] = recipient
    message.set_content("\n\n".join(translate(paragraph, context=request) for paragraph in body))
    return message


def _host_of(address: str) -> str:
    # never the name of this machine, which would have to be looked up
    host = address.rpartition("@")[2]
    return host if host and host.isascii() else "localhost"


def post(message: EmailMessage, report: Report | None = None, never_left: Report | None = None) -> None:
    """Send an e-mail once the transaction has been committed. A site without mail settings says so in the log.

    ``report`` is called outside of the request with SENT, TRY_LATER or CONFIGURATION; ``never_left`` in its place, if it is given, when the
    message certainly did not leave.
    """
    if not message["To"] or not parseaddr(message["From"])[1]:
        logger.warning("A notice about two-step verification was not sent: no address of the member or of the site")
        _fail(never_left or report)
        return
    try:
        mail_host, mailer = deferred(api.portal.get_tool("MailHost"), report, never_left)
        mail_host.send(message, charset="utf-8")
        transaction.get().addAfterCommitHook(mailer.settle)
    except Exception as error:  # a broken mail host must not undo what the member did
        words = described(error, str(message["To"]))
        logger.error("A notice about two-step verification could not be posted: %s\n%s", words, traced(error))
        _fail(never_left or report)


def _fail(report: Report | None) -> None:
    def tell(committed: bool) -> None:
        if committed and report is not None:
            report(DeliveryStatus.CONFIGURATION)

    transaction.get().addAfterCommitHook(tell)
