"""What happens to a member's second step when something happens to the member, and who is told when it changes."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import _
from collective.smsauth import contacts
from collective.smsauth import lifecycle
from collective.smsauth import notices
from collective.smsauth.events import ContactChange
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IAuthenticatorUnbound
from collective.smsauth.interfaces import IContactsChanged
from collective.smsauth.passwords import fingerprint
from collective.smsauth.plugin import plugin_of
from collective.smsauth.wiring import email_of
from collective.smsauth.wiring import plugin
from dataclasses import replace
from plone import api
from Products.PluggableAuthService.interfaces.events import ICredentialsUpdatedEvent
from Products.PluggableAuthService.interfaces.events import IPrincipalDeletedEvent
from Products.PluggableAuthService.interfaces.events import IPropertiesUpdatedEvent
from zope.component import adapter
from zope.component.hooks import getSite
from zope.globalrequest import getRequest


@adapter(IPrincipalDeletedEvent)
def forget_deleted(event) -> None:
    """Remove the record of a deleted user."""
    gate = _gate()
    if gate is not None:
        principal = event.principal
        lifecycle.forget(gate.accounts, principal if isinstance(principal, str) else principal.getId())


@adapter(ICredentialsUpdatedEvent)
def end_other_sessions(event) -> None:
    """End the sessions of a member whose password changed, except the one that changed it."""
    user = event.principal
    folder = aq_parent(aq_inner(user)) if user is not None else None
    gate = plugin_of(folder) if folder is not None else None
    if gate is None:
        return
    user_id = user.getId()
    request = getRequest()
    signed_in = api.user.get_current().getId() == user_id
    proof = gate.proof(request, user_id) if request is not None and signed_in else None
    if proof is None:
        lifecycle.end_sessions(gate.accounts, user_id)
        return
    session = replace(proof.session, fingerprint=fingerprint(folder, user_id))
    lifecycle.end_sessions(gate.accounts, user_id, keep=proof.secret, session=session)
    gate.grant(request, user_id, proof.secret)


@adapter(IAuthenticatorBound)
def tell_bound(event) -> None:
    """Tell the member by e-mail that two-step verification was set up, or that the number was changed."""
    if event.replaced:
        subject = _("mail_changed_subject", default="Your phone number for signing in was changed")
        body = _(
            "mail_changed_body",
            default="Sign-in codes of ${site} now go to the phone number that was confirmed just now, and no longer to "
            "the former one. Whoever was signed in elsewhere has been signed out."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=_mapping(),
        )
    else:
        subject = _("mail_bound_subject", default="Two-step verification was set up")
        body = _(
            "mail_bound_body",
            default="From now on, signing in to ${site} takes your password and a code that is sent to your phone."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=_mapping(),
        )
    _tell(event.user_id, subject, body)


@adapter(IAuthenticatorUnbound)
def tell_unbound(event) -> None:
    """Tell the member by e-mail that two-step verification was turned off."""
    _tell(
        event.user_id,
        _("mail_unbound_subject", default="Two-step verification was turned off"),
        _(
            "mail_unbound_body",
            default="From now on, signing in to ${site} takes your password only."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=_mapping(),
        ),
    )


@adapter(IPropertiesUpdatedEvent)
def forget_former_emails(event) -> None:
    """Drop the proof of an e-mail address as soon as another one is in the profile."""
    gate = _gate()
    user_id = event.principal.getId() if gate is not None and event.principal is not None else None
    if user_id:
        contacts.forget_former_emails(gate.accounts, user_id, email_of(user_id))


_CONTACT_SUBJECTS = {
    ContactChange.VERIFIED: _("mail_contact_verified_subject", default="One more way for your sign-in codes"),
    ContactChange.REMOVED: _("mail_contact_removed_subject", default="One way less for your sign-in codes"),
    ContactChange.PRIMARY: _("mail_contact_primary_subject", default="Your sign-in codes go to another number first"),
}
_CONTACT_BODIES = {
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


@adapter(IContactsChanged)
def tell_contacts(event) -> None:
    """Tell the member by e-mail what became of a further contact point."""
    body = _CONTACT_BODIES[event.change]
    filled = _(str(body), default=body.default, mapping=_mapping())
    _tell(event.user_id, _CONTACT_SUBJECTS[event.change], filled)


def _gate():
    return plugin() if getSite() is not None else None


def _mapping() -> dict:
    portal = api.portal.get()
    return {"site": portal.title, "url": portal.absolute_url()}


def _tell(user_id: str, subject, body) -> None:
    member = api.user.get(userid=user_id)
    if member is not None:
        notices.post(notices.compose(member.getProperty("email", ""), subject, body))
