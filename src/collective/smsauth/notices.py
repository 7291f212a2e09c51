"""E-mails about a member's second step: what was done, so that who did not do it hears of it.

They leave after the commit, in a worker thread: a mail server that is slow or down must not undo a right answer, keep a page waiting, or let
the time of an answer tell whether there was anybody to write to.
"""

from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import logger
from collective.smsauth.interfaces import IDispatcher
from email.message import EmailMessage
from email.utils import formataddr
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


def send(recipient: str, subject, body) -> bool:
    """Send an e-mail to a member once the transaction has been committed; tell whether it could be posted.

    ``subject`` and ``body`` are message ids. A site without mail settings sends nothing and says so in the log.
    """
    sender = api.portal.get_registry_record("plone.email_from_address", default=None)
    if not recipient or not sender:
        logger.warning("A notice about two-step verification was not sent: no address of the member or of the site")
        return False
    request = getRequest()
    message = EmailMessage()
    message["Subject"] = translate(subject, context=request)
    message["From"] = formataddr((api.portal.get_registry_record("plone.email_from_name", default=None) or "", sender))
    message["To"] = recipient
    message.set_content(translate(body, context=request))
    try:
        deferred(api.portal.get_tool("MailHost")).send(message, charset="utf-8")
    except Exception:  # a broken mail host must not undo what the member did
        logger.exception("A notice about two-step verification could not be posted")
        return False
    return True
