"""What the profile means for contact points, and who is told when they change."""

from collective.smsauth import _
from collective.smsauth import contacts
from collective.smsauth.events import ContactChange
from collective.smsauth.interfaces import IContactsChanged
from collective.smsauth.subscribers import gate_at_hand
from collective.smsauth.subscribers import site_named
from collective.smsauth.subscribers import tell
from collective.smsauth.wiring import email_of
from Products.PluggableAuthService.interfaces.events import IPropertiesUpdatedEvent
from zope.component import adapter

_SUBJECTS = {
    ContactChange.VERIFIED: _("mail_contact_verified_subject", default="A way for your sign-in codes was added"),
    ContactChange.REMOVED: _("mail_contact_removed_subject", default="A way for your sign-in codes was removed"),
    ContactChange.PRIMARY: _("mail_contact_primary_subject", default="Your sign-in codes go to another number first"),
}
_BODIES = {
    ContactChange.VERIFIED: _(
        "mail_contact_verified_body",
        default="A phone number or e-mail address was verified: from now on, sign-in codes of ${site} can be sent there as well."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
    ContactChange.REMOVED: _(
        "mail_contact_removed_body",
        default="A phone number or e-mail address was removed: sign-in codes of ${site} are no longer sent there."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
    ContactChange.PRIMARY: _(
        "mail_contact_primary_body",
        default="Sign-in codes of ${site} now go to another of your verified numbers, unless you choose another way. "
        "Whoever was signed in elsewhere has been signed out."
        "\n\nIf this was not you, contact the site at once: ${url}",
    ),
}


@adapter(IPropertiesUpdatedEvent)
def forget_former_emails(event) -> None:
    """Drop the proof of an e-mail address as soon as another one is in the profile."""
    gate = gate_at_hand()
    user_id = event.principal.getId() if gate is not None and event.principal is not None else None
    if user_id:
        contacts.forget_former_emails(gate.accounts, user_id, email_of(user_id))


@adapter(IContactsChanged)
def tell_contacts(event) -> None:
    """Tell the member by e-mail what became of a further contact point."""
    body = _BODIES[event.change]
    tell(event.user_id, _SUBJECTS[event.change], _(str(body), default=body.default, mapping=site_named()))
