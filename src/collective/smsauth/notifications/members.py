"""E-mails to members about their second step: what was done, so that whoever did not do it hears of it."""

from collections.abc import Callable
from collections.abc import Iterable
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.delivery import mailer
from collective.smsauth.domain.policy import HOUR
from collective.smsauth.domain.policy import RECENT
from collective.smsauth.domain.recovery_codes import FEW
from collective.smsauth.domain.session import Means
from collective.smsauth.events import ContactChange
from collective.smsauth.flows import circumstances
from collective.smsauth.flows import disown
from collective.smsauth.flows.disown import About
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IAuthenticatorUnbound
from collective.smsauth.interfaces import IBypassGiven
from collective.smsauth.interfaces import ICodePrepared
from collective.smsauth.interfaces import IContactsChanged
from collective.smsauth.interfaces import IEmailChanged
from collective.smsauth.interfaces import INewPasswordWithheld
from collective.smsauth.interfaces import IRecoveryCodesMade
from collective.smsauth.interfaces import IReserveCodeUsed
from collective.smsauth.interfaces import ISignInDisowned
from collective.smsauth.notifications import windows
from collective.smsauth.settings.stored import title_of
from dataclasses import dataclass
from plone import api
from typing import Any
from zope.component import adapter
from zope.i18nmessageid import Message
from zope.interface import Interface


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Subject and body of the e-mail about an event, if ``when`` says so. The site's title and URL can be put into the body.

    So can the link by which the member says that it was not them, if ``about`` says what that page is to be about. ``page`` is where the
    member sees and changes what it reports.
    """

    event: type[Interface]
    when: Callable[[Any], bool] = lambda event: True
    about: About | None = None
    subject: Message
    body: Message
    page: str = "@@smsauth-setup"


#: One row for each e-mail. ``configure.zcml`` subscribes ``tell`` to each of these events.
MAILS = (
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: not event.replaced and not event.by_email,
        about=About.CHANGE,
        subject=_("mail_bound_subject", default="Two-step verification was set up"),
        body=_(
            "mail_bound_body_link",
            default="From now on, you need your password and a code that is sent to your phone to log in to ${site}."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: event.replaced and event.dropped,
        about=About.CHANGE,
        subject=_("mail_changed_subject", default="Your phone number for logging in was changed"),
        body=_(
            "mail_changed_body_dropped",
            default="Login codes of ${site} now go to the phone number that was verified just now, and no longer to the "
            "former one. Whoever was logged in elsewhere has been logged out. What was added in the last ${hours} hours "
            "was taken off: further phone numbers, and recovery codes."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: event.replaced and not event.dropped and not event.by_email,
        about=About.CHANGE,
        subject=_("mail_changed_subject", default="Your phone number for logging in was changed"),
        body=_(
            "mail_changed_body_link",
            default="Login codes of ${site} now go to the phone number that was verified just now, and no longer to the "
            "former one. Whoever was logged in elsewhere has been logged out."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: event.by_email and not event.replaced,
        about=About.CHANGE,
        subject=_("mail_bound_subject", default="Two-step verification was set up"),
        body=_(
            "mail_bound_email_body",
            default="From now on, you need your password and a code that is sent to this e-mail address to log in to ${site}."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IAuthenticatorBound,
        when=lambda event: event.by_email and event.replaced,
        about=About.CHANGE,
        subject=_("mail_changed_email_subject", default="Your e-mail address for logging in was changed"),
        body=_(
            "mail_changed_email_body",
            default="Login codes of ${site} now go to this e-mail address, which was verified just now, and no longer to the former one. "
            "Whoever was logged in elsewhere has been logged out."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IAuthenticatorUnbound,
        about=About.CHANGE,
        subject=_("mail_unbound_subject", default="Two-step verification was turned off"),
        body=_(
            "mail_unbound_body_link",
            default="From now on, you need only your password to log in to ${site}."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IRecoveryCodesMade,
        about=About.CHANGE,
        subject=_("mail_recovery_made_subject", default="New recovery codes were made"),
        body=_(
            "mail_recovery_made_body_link",
            default="New recovery codes for logging in to ${site} were made. The former ones no longer work."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
        page="@@smsauth-recovery",
    ),
    Mail(
        event=ICodePrepared,
        about=About.CHANGE,
        subject=_("mail_prepared_subject", default="A login code was prepared for you"),
        body=_(
            "mail_prepared_body_link",
            default="An administrator of ${site} prepared a code for you. Together with your password, it lets you log in "
            "once, in place of a code that is sent to your phone. The administrator tells you the code; it is not "
            "in this e-mail."
            "\n\nIf you did not ask for it, somebody else may know your password. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IBypassGiven,
        about=About.CHANGE,
        subject=_("mail_bypass_subject", default="For a while, your password alone is enough to log in"),
        body=_(
            "mail_bypass_body",
            default="An administrator of ${site} has switched the second step off for your account until ${until}: until then, you are "
            "asked for no code when you log in."
            "\n\nIf you did not ask for it, somebody else may know your password. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IReserveCodeUsed,
        when=lambda event: event.means is Means.PREPARED_CODE,
        about=About.CHANGE,
        subject=_("mail_prepared_used_subject", default="Your prepared code was used"),
        body=_(
            "mail_prepared_used_body_link",
            default="Somebody logged in to ${site} with your password and the code that an administrator prepared for you."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=IReserveCodeUsed,
        when=lambda event: event.means is not Means.PREPARED_CODE and event.left > FEW,
        about=About.CHANGE,
        subject=_("mail_recovery_used_subject", default="A recovery code was used"),
        body=_(
            "mail_recovery_used_body_link",
            default="Somebody logged in to ${site} with your password and one of your recovery codes. Recovery codes left: "
            "${left}."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
        page="@@smsauth-recovery",
    ),
    Mail(
        event=IReserveCodeUsed,
        when=lambda event: event.means is not Means.PREPARED_CODE and event.left <= FEW,
        about=About.CHANGE,
        subject=_("mail_recovery_few_subject", default="A recovery code was used, and few are left"),
        body=_(
            "mail_recovery_few_body_link",
            default="Somebody logged in to ${site} with your password and one of your recovery codes. Recovery codes left: "
            "${left}. Make new ones while you can still log in."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=INewPasswordWithheld,
        subject=_("mail_withheld_subject", default="A new password cannot be sent to you by e-mail"),
        body=_(
            "mail_withheld_body",
            default="Somebody, hopefully you, asked ${site} for a new password. Your login codes come to this mailbox. If the new "
            "password came here, too, whoever reads your e-mails could log in as you. So neither it nor a code was sent. "
            "Please ask the administrators of the site for a new password: ${url}"
            "\n\nIf this was not you, do nothing: nothing has been changed.",
        ),
        page="",
    ),
    Mail(
        event=ISignInDisowned,
        when=lambda event: event.dropped,
        subject=_("mail_disowned_subject", default="What was added to your account was taken off"),
        body=_(
            "mail_disowned_body",
            default="You said that it was not you who logged in to ${site} or changed something. So you were logged out everywhere, and "
            "what was added in the last ${hours} hours was taken off: further phone numbers and e-mail addresses, and recovery codes. Add "
            "again what is yours."
            "\n\nIf you said nothing of the kind, contact the site at once: ${url}",
        ),
        page="@@smsauth-recovery",
    ),
    Mail(
        event=IContactsChanged,
        when=lambda event: event.change is ContactChange.VERIFIED,
        about=About.CHANGE,
        subject=_("mail_contact_verified_subject", default="A way for your login codes was added"),
        body=_(
            "mail_contact_verified_body_link",
            default="A phone number or e-mail address was verified: from now on, login codes of ${site} can be sent "
            "there as well."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
        page="@@smsauth-contacts",
    ),
    Mail(
        event=IContactsChanged,
        when=lambda event: event.change is ContactChange.REMOVED,
        about=About.CHANGE,
        subject=_("mail_contact_removed_subject", default="A way for your login codes was removed"),
        body=_(
            "mail_contact_removed_body_link",
            default="A phone number or e-mail address was removed: login codes of ${site} are no longer sent there."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
        page="@@smsauth-contacts",
    ),
    Mail(
        event=IContactsChanged,
        when=lambda event: event.change is ContactChange.PRIMARY,
        about=About.CHANGE,
        subject=_("mail_contact_primary_subject", default="Your login codes go to another number first"),
        body=_(
            "mail_contact_primary_body_link",
            default="Login codes of ${site} now go to another of your verified numbers, unless you choose another way. "
            "Whoever was logged in elsewhere has been logged out."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
    ),
)

#: What goes to the address that was in the profile before.
_TO_FORMER = (
    Mail(
        event=IEmailChanged,
        about=About.EMAIL,
        subject=_("mail_email_changed_subject", default="The e-mail address of your account was changed"),
        body=_(
            "mail_email_changed_body",
            default="The e-mail address in your profile at ${site} was changed. E-mails about your account now go to the new one, "
            "and no longer to this one."
            "\n\nIf this was not you, somebody else has got in. Open this page within a day, and log out everywhere:"
            "\n\n${link}",
        ),
        page="@@smsauth-contacts",
    ),
)


def tell(event) -> None:
    """Tell the member what was done."""
    until = getattr(event, "until", None)
    told = {} if until is None else {"until": circumstances.moment(until)}
    send(event, MAILS, left=str(getattr(event, "left", "")), **told)


@adapter(IEmailChanged)
def tell_former_email(event) -> None:
    """Tell the owner of the e-mail address that was in the profile before, if there was one."""
    if event.former:
        send(event, _TO_FORMER, to=event.former)


def send(event, mails: Iterable[Mail], *, to: str = "", **more: str) -> None:
    """Send the member those of ``mails`` that are about ``event``, if they are still there, and it is not one of very many.

    ``to`` is an address, that in the profile if none is given; ``more`` is what their bodies tell besides site, URL and link.
    """
    member, portal = api.user.get(userid=event.user_id), api.portal.get()
    if member is None:
        return
    recipient, address = to or member.getProperty("email", ""), portal.absolute_url()
    mapping = {"site": title_of(portal), "url": address, "hours": str(RECENT // HOUR), **more}
    for mail in mails:
        if not (mail.event.providedBy(event) and mail.when(event)):
            continue
        if not windows.has_room(event.user_id, mail.subject, recipient):
            logger.warning("An e-mail to %s was not sent: there were very many (%s)", event.user_id, mail.subject)
            continue
        link = {"link": disown.url(event.user_id, mail.about)} if mail.about is not None else {}
        body = [Message(mail.body, mapping={**mapping, **link}), circumstances.of_request(event.user_id)]
        if mail.page:
            page = f"{address}/{mail.page}"
            body.append(_("mail_page", default="See and change how you log in: ${page}", mapping={"page": page}))
        if windows.is_full(event.user_id, mail.subject, recipient):
            body.append(_LAST)
        mailer.post(mailer.compose(recipient, mail.subject, *body))


_LAST = _(
    "mail_last",
    default="There were many e-mails like this one. No more of them are sent within the next hour, whatever is done.",
)
