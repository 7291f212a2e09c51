"""E-mails to members about their second step: what was done, so that whoever did not do it hears of it."""

from collective.smsauth import _
from collective.smsauth.delivery import mailer
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.session import Means
from collective.smsauth.events import ContactChange
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IAuthenticatorUnbound
from collective.smsauth.interfaces import ICodePrepared
from collective.smsauth.interfaces import IContactsChanged
from collective.smsauth.interfaces import IRecoveryCodesMade
from collective.smsauth.interfaces import IReserveCodeUsed
from dataclasses import dataclass
from plone import api
from zope.component import adapter
from zope.i18nmessageid import Message


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Subject and body of an e-mail. The site's title and URL are put in, and what is given besides."""

    subject: Message
    body: Message


BOUND = Mail(
    subject=_("mail_bound_subject", default="Two-step verification was set up"),
    body=_(
        "mail_bound_body",
        default="From now on, you need your password and a code that is sent to your phone to log in to ${site}."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
CHANGED = Mail(
    subject=_("mail_changed_subject", default="Your phone number for logging in was changed"),
    body=_(
        "mail_changed_body",
        default="Login codes of ${site} now go to the phone number that was verified just now, and no longer to the "
        "former one. Whoever was logged in elsewhere has been logged out."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
UNBOUND = Mail(
    subject=_("mail_unbound_subject", default="Two-step verification was turned off"),
    body=_(
        "mail_unbound_body",
        default="From now on, you need only your password to log in to ${site}."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
RECOVERY_CODES_MADE = Mail(
    subject=_("mail_recovery_made_subject", default="New recovery codes were made"),
    body=_(
        "mail_recovery_made_body",
        default="New recovery codes for logging in to ${site} were made. The former ones no longer work."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
PREPARED = Mail(
    subject=_("mail_prepared_subject", default="A login code was prepared for you"),
    body=_(
        "mail_prepared_body",
        default="An administrator of ${site} prepared a code for you. Together with your password, it lets you log in "
        "once, in place of a code that is sent to your phone. The administrator tells you the code; it is not "
        "in this e-mail."
        "\n\nIf you did not ask for it, contact the site at once: ${url}",
    ),
)
PREPARED_USED = Mail(
    subject=_("mail_prepared_used_subject", default="Your prepared code was used"),
    body=_(
        "mail_prepared_used_body",
        default="Somebody logged in to ${site} with your password and the code that an administrator prepared for you."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
RECOVERY_USED = Mail(
    subject=_("mail_recovery_used_subject", default="A recovery code was used"),
    body=_(
        "mail_recovery_used_body",
        default="Somebody logged in to ${site} with your password and one of your recovery codes. Recovery codes left: "
        "${left}."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
RECOVERY_FEW = Mail(
    subject=_("mail_recovery_few_subject", default="A recovery code was used, and few are left"),
    body=_(
        "mail_recovery_few_body",
        default="Somebody logged in to ${site} with your password and one of your recovery codes. Recovery codes left: "
        "${left}. Make new ones while you can still log in."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
)
CONTACTS_CHANGED = {
    ContactChange.VERIFIED: Mail(
        subject=_("mail_contact_verified_subject", default="A way for your login codes was added"),
        body=_(
            "mail_contact_verified_body",
            default="A phone number or e-mail address was verified: from now on, login codes of ${site} can be sent "
            "there as well."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
    ContactChange.REMOVED: Mail(
        subject=_("mail_contact_removed_subject", default="A way for your login codes was removed"),
        body=_(
            "mail_contact_removed_body",
            default="A phone number or e-mail address was removed: login codes of ${site} are no longer sent there."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
    ContactChange.PRIMARY: Mail(
        subject=_("mail_contact_primary_subject", default="Your login codes go to another number first"),
        body=_(
            "mail_contact_primary_body",
            default="Login codes of ${site} now go to another of your verified numbers, unless you choose another way. "
            "Whoever was logged in elsewhere has been logged out."
            "\n\nIf this was not you, contact the site at once: ${url}",
        ),
    ),
}


@adapter(IAuthenticatorBound)
def tell_bound(event) -> None:
    """Tell that two-step verification was set up, or that the number was changed."""
    send(event.user_id, CHANGED if event.replaced else BOUND)


@adapter(IAuthenticatorUnbound)
def tell_unbound(event) -> None:
    """Tell that two-step verification was turned off."""
    send(event.user_id, UNBOUND)


@adapter(IRecoveryCodesMade)
def tell_recovery_codes_made(event) -> None:
    """Tell that there are new recovery codes."""
    send(event.user_id, RECOVERY_CODES_MADE)


@adapter(ICodePrepared)
def tell_prepared(event) -> None:
    """Tell that an administrator prepared a code."""
    send(event.user_id, PREPARED)


@adapter(IReserveCodeUsed)
def tell_reserve_used(event) -> None:
    """Tell that a prepared or a recovery code was used, and when only few of those are left."""
    of_recovery = RECOVERY_USED if event.left > recovery_codes.FEW else RECOVERY_FEW
    send(event.user_id, PREPARED_USED if event.means is Means.PREPARED_CODE else of_recovery, left=str(event.left))


@adapter(IContactsChanged)
def tell_contact_points(event) -> None:
    """Tell what became of a further contact point."""
    send(event.user_id, CONTACTS_CHANGED[event.change])


def send(user_id: str, mail: Mail, **more: str) -> None:
    """Send an e-mail to a member, if they are still there; ``more`` is what its body tells besides site and URL."""
    member, portal = api.user.get(userid=user_id), api.portal.get()
    if member is None:
        return
    mapping = {"site": portal.title, "url": portal.absolute_url(), **more}
    mailer.post(mailer.compose(member.getProperty("email", ""), mail.subject, Message(mail.body, mapping=mapping)))
