"""What happens to a member's second step when something happens to the member, and who is told when it changes."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import _
from collective.smsauth import disownlink
from collective.smsauth import events
from collective.smsauth import lifecycle
from collective.smsauth import notices
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import WARN_AFTER
from collective.smsauth.domain.throttle import MOST_FAILURES
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IAuthenticatorUnbound
from collective.smsauth.interfaces import IChallengeAnswered
from collective.smsauth.interfaces import ISignInSuspected
from collective.smsauth.passwords import fingerprint
from collective.smsauth.plugin import plugin_of
from collective.smsauth.wiring import plugin
from dataclasses import replace
from plone import api
from Products.PluggableAuthService.interfaces.events import ICredentialsUpdatedEvent
from Products.PluggableAuthService.interfaces.events import IPrincipalDeletedEvent
from zope.component import adapter
from zope.component.hooks import getSite
from zope.event import notify
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


@adapter(IChallengeAnswered)
def suspect(event) -> None:
    """Look whether wrong codes after a correct password begin to look like somebody else's."""
    gate = _gate()
    if gate is None or event.purpose is not Purpose.SIGN_IN or event.outcome is not Outcome.WRONG:
        return
    account = gate.accounts.get(event.user_id) or Account()
    locked = account.failures == MOST_FAILURES
    if locked or account.misses == WARN_AFTER:
        notify(events.SignInSuspected(event.user_id, purpose=event.purpose, outcome=event.outcome, locked=locked))


@adapter(ISignInSuspected)
def tell_suspected(event) -> None:
    """Warn the member by e-mail: at the third wrong code in a row, and when there were so many that no code counts any longer."""
    if event.locked:
        subject = _("mail_locked_subject", default="Too many wrong codes at your sign-in")
        body = _(
            "mail_locked_body",
            default="There were so many wrong codes in a row at the sign-in of ${site} that no code to your phone counts any longer. "
            "To set your phone up again, choose “Lost your phone?” at the sign-in, or ask the administrators of the site: ${url}"
            "\n\nIf those codes were not yours, somebody else may know your password. Open this page within a day and choose a "
            "new one:\n\n${link}",
            mapping={**_mapping(), "link": disownlink.address(event.user_id)},
        )
    else:
        subject = _("mail_suspected_subject", default="Wrong codes at your sign-in")
        body = _(
            "mail_suspected_body",
            default="Somebody signed in to ${site} with your password, and then entered wrong codes. Nobody got in."
            "\n\nIf this was you, there is nothing to do. If it was not you, somebody else knows your password. Open this page "
            "within a day, sign out everywhere and choose a new password:\n\n${link}",
            mapping={**_mapping(), "link": disownlink.address(event.user_id)},
        )
    _tell(event.user_id, subject, body)


def _gate():
    return plugin() if getSite() is not None else None


def _mapping() -> dict:
    portal = api.portal.get()
    return {"site": portal.title, "url": portal.absolute_url()}


def _tell(user_id: str, subject, body) -> None:
    member = api.user.get(userid=user_id)
    if member is not None:
        notices.post(notices.compose(member.getProperty("email", ""), subject, body))
