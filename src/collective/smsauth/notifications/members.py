"""E-mails to members about their second step: what was done, so that whoever did not do it hears of it."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.smsauth import _
from collective.smsauth.delivery import mailer
from collective.smsauth.domain.recovery_codes import FEW
from collective.smsauth.domain.session import Means
from collective.smsauth.events import ContactChange
from collective.smsauth.flows import circumstances
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IAuthenticatorUnbound
from collective.smsauth.interfaces import ICodePrepared
from collective.smsauth.interfaces import IContactsChanged
from collective.smsauth.interfaces import IRecoveryCodesMade
from collective.smsauth.interfaces import IReserveCodeUsed
from collective.smsauth.settings.stored import title_of
from dataclasses import dataclass
from plone import api
from typing import Any
from zope.i18nmessageid import Message
from zope.interface import Interface


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Subject and body of the e-mail about an event, if ``when`` says so. The site's title and URL can be put into the body.

    ``page`` is where the member sees and changes what it reports.
    """

    event: type[Interface]
    when: Callable[[Any], bool] = lambda event: True
    subject: Message
    body: Message
    page: str = "@@smsauth-setup"


#: One row for each e-mail. ``configure.zcml`` subscribes ``tell`` to each of these events.
MAILS = (
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: not event.replaced,
        subject=_("mail_bound_subject", default="Two-step verification was set up"),
        body=_(
            "mail_bound_body",
            default="From now on, you need your password and a code that is sent to your phone to log in to ${site}."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: event.replaced,
        subject=_("mail_changed_subject", default="Your phone number for logging in was changed"),
        body=_(
            "mail_changed_body",
            default="Login codes of ${site} now go to the phone number that was verified just now, and no longer to the "
            "former one. Whoever was logged in elsewhere has been logged out."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
    Mail(
        event=IAuthenticatorUnbound,
        subject=_("mail_unbound_subject", default="Two-step verification was turned off"),
        body=_(
            "mail_unbound_body",
            default="From now on, you need only your password to log in to ${site}."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
    Mail(
        event=IRecoveryCodesMade,
        subject=_("mail_recovery_made_subject", default="New recovery codes were made"),
        body=_(
            "mail_recovery_made_body",
            default="New recovery codes for logging in to ${site} were made. The former ones no longer work."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
        page="@@smsauth-recovery",
    ),
    Mail(
        event=ICodePrepared,
        subject=_("mail_prepared_subject", default="A login code was prepared for you"),
        body=_(
            "mail_prepared_body",
            default="An administrator of ${site} prepared a code for you. Together with your password, it lets you log in "
            "once, in place of a code that is sent to your phone. The administrator tells you the code; it is not "
            "in this e-mail."
            "\n\nIf you did not ask for it, contact the site at once: ${url}",
        ),
    ),
    Mail(
        event=IReserveCodeUsed,
        when=lambda event: event.means is Means.PREPARED_CODE,
        subject=_("mail_prepared_used_subject", default="Your prepared code was used"),
        body=_(
            "mail_prepared_used_body",
            default="Somebody logged in to ${site} with your password and the code that an administrator prepared for you."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
    Mail(
        event=IReserveCodeUsed,
        when=lambda event: event.means is not Means.PREPARED_CODE and event.left > FEW,
        subject=_("mail_recovery_used_subject", default="A recovery code was used"),
        body=_(
            "mail_recovery_used_body",
            default="Somebody logged in to ${site} with your password and one of your recovery codes. Recovery codes left: "
            "${left}."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
        page="@@smsauth-recovery",
    ),
    Mail(
        event=IReserveCodeUsed,
        when=lambda event: event.means is not Means.PREPARED_CODE and event.left <= FEW,
        subject=_("mail_recovery_few_subject", default="A recovery code was used, and few are left"),
        body=_(
            "mail_recovery_few_body",
            default="Somebody logged in to ${site} with your password and one of your recovery codes. Recovery codes left: "
            "${left}. Make new ones while you can still log in."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
        page="@@smsauth-recovery",
    ),
    Mail(
        event=IContactsChanged,
        when=lambda event: event.change is ContactChange.VERIFIED,
        subject=_("mail_contact_verified_subject", default="A way for your login codes was added"),
        body=_(
            "mail_contact_verified_body",
            default="A phone number or e-mail address was verified: from now on, login codes of ${site} can be sent "
            "there as well."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
        page="@@smsauth-contacts",
    ),
    Mail(
        event=IContactsChanged,
        when=lambda event: event.change is ContactChange.REMOVED,
        subject=_("mail_contact_removed_subject", default="A way for your login codes was removed"),
        body=_(
            "mail_contact_removed_body",
            default="A phone number or e-mail address was removed: login codes of ${site} are no longer sent there."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
        page="@@smsauth-contacts",
    ),
    Mail(
        event=IContactsChanged,
        when=lambda event: event.change is ContactChange.PRIMARY,
        subject=_("mail_contact_primary_subject", default="Your login codes go to another number first"),
        body=_(
            "mail_contact_primary_body",
            default="Login codes of ${site} now go to another of your verified numbers, unless you choose another way. "
            "Whoever was logged in elsewhere has been logged out."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
        page="@@smsauth-contacts",
    ),
)


def tell(event) -> None:
    """Tell the member what was done."""
    send(event, MAILS, left=str(getattr(event, "left", "")))


def send(event, mails: Iterable[Mail], **more: str) -> None:
    """Send the member those of ``mails`` that are about ``event``, if they are still there.

    ``more`` is what their bodies tell besides site and URL.
    """
    member, portal = api.user.get(userid=event.user_id), api.portal.get()
    if member is None:
        return
    mapping = {"site": title_of(portal), "url": portal.absolute_url(), **more}
    for mail in mails:
        if mail.event.providedBy(event) and mail.when(event):
            body = [Message(mail.body, mapping=mapping), circumstances.of_request(event.user_id)]
            if mail.page:
                page = f"{portal.absolute_url()}/{mail.page}"
                body.append(_("mail_page", default="See and change how you log in: ${page}", mapping={"page": page}))
            mailer.post(mailer.compose(member.getProperty("email", ""), mail.subject, *body))
