"""E-mails about a member's second step: what was done, so that who did not do it hears of it.

They leave after the commit, in a worker thread: a mail server that is slow or down must not undo a right answer, keep a
page waiting, or let the time of an answer tell whether there was anybody to write to.
"""

from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import logger
from collective.smsauth.interfaces import IDispatcher
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formataddr
from email.utils import parseaddr
from plone import api
from zope.component import getUtility
from zope.globalrequest import getRequest
from zope.i18n import translate


class _Mailer:
    """Stands in for the mailer of a mail host: at the end of the commit it passes the message to a worker thread."""

    def __init__(self, mailer) -> None:
        self._mailer = mailer

    def vote(self, *message) -> None:
        """Do not ask the mail server whether it is there: nobody's sign-in depends on it."""

    def abort(self) -> None:
        """There is no connection to give up."""

    def send(self, sender, recipients, message) -> None:
        """Send in a worker thread."""

        def job() -> None:
            try:
                self._mailer.send(sender, recipients, message)
            except Exception:  # whatever a mail server does, it is for the log
                logger.exception("A notice about two-step verification could not be sent by e-mail")

        if not getUtility(IDispatcher).submit(job):
            logger.error("A notice about two-step verification was dropped: the queue is full")


def deferred(mail_host):
    """Return a copy of a mail host whose own mailer does its work after the commit, in a worker thread.

    Queues, and mail hosts that print or collect messages, go on working: only the connection to a mail server is put off.
    """
    original = aq_base(mail_host)
    if not hasattr(original, "_makeMailer"):
        return mail_host
    copy = type(original).__new__(type(original))
    copy.__dict__.update(original.__dict__)
    copy._makeMailer = lambda: _Mailer(original._makeMailer())
    return copy.__of__(aq_parent(aq_inner(mail_host)))


def compose(recipient: str, subject, body) -> EmailMessage:
    """Return an e-mail from the site to ``recipient``. ``subject`` and ``body`` are message ids."""
    request = getRequest()
    name = api.portal.get_registry_record("plone.email_from_name", default=None) or ""
    address = api.portal.get_registry_record("plone.email_from_address", default=None) or ""
    message = EmailMessage()
    message["Subject"] = " ".join(translate(subject, context=request).split())
    message["From"] = formataddr((name, address))
    with suppress(AttributeError, IndexError, TypeError, ValueError):
        # Members write their address by themselves; one that no e-mail can have gets none, and undoes nothing.
        message["To"] = recipient
    message.set_content(translate(body, context=request))
    return message


def post(message: EmailMessage) -> None:
    """Send an e-mail once the transaction has been committed. A site without mail settings says so in the log."""
    if not message["To"] or not parseaddr(message["From"])[1]:
        logger.warning("A notice about two-step verification was not sent: no address of the member or of the site")
        return
    try:
        deferred(api.portal.get_tool("MailHost")).send(message, charset="utf-8")
    except Exception:  # a broken mail host must not undo what the member did
        logger.exception("A notice about two-step verification could not be posted")
