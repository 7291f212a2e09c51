"""What happens to a member's second step when something happens to the member, and who is told when it changes."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth import _
from collective.smsauth import notices
from collective.smsauth.domain import recovery
from collective.smsauth.domain.session import Means
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IAuthenticatorUnbound
from collective.smsauth.interfaces import ICodePrepared
from collective.smsauth.interfaces import IRecoveryCodesMade
from collective.smsauth.interfaces import IReserveCodeUsed
from collective.smsauth.plugin import plugin_of
from collective.smsauth.wiring import plugin
from plone import api
from Products.PluggableAuthService.interfaces.events import ICredentialsUpdatedEvent
from Products.PluggableAuthService.interfaces.events import IPrincipalDeletedEvent
from zope.component import adapter
from zope.component.hooks import getSite


@adapter(IPrincipalDeletedEvent)
def forget_deleted(event) -> None:
    """Remove the record of a deleted user, where the plugin was asked before he was deleted."""
    gate = gate_at_hand()
    if gate is not None:
        principal = event.principal
        gate.member_deleted(principal if isinstance(principal, str) else principal.getId())


@adapter(ICredentialsUpdatedEvent)
def end_other_sessions(event) -> None:
    """End the sessions of a member whose password changed, except the one that changed it."""
    user = event.principal
    folder = aq_parent(aq_inner(user)) if user is not None else None
    gate = plugin_of(folder) if folder is not None else None
    if gate is not None:
        gate.password_changed(user.getId())


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
            mapping=site_named(),
        )
    else:
        subject = _("mail_bound_subject", default="Two-step verification was set up")
        body = _(
            "mail_bound_body",
            default="From now on, signing in to ${site} takes your password and a code that is sent to your phone."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=site_named(),
        )
    tell(event.user_id, subject, body)


@adapter(IAuthenticatorUnbound)
def tell_unbound(event) -> None:
    """Tell the member by e-mail that two-step verification was turned off."""
    tell(
        event.user_id,
        _("mail_unbound_subject", default="Two-step verification was turned off"),
        _(
            "mail_unbound_body",
            default="From now on, signing in to ${site} takes your password only."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=site_named(),
        ),
    )


@adapter(IRecoveryCodesMade)
def tell_recovery_made(event) -> None:
    """Tell the member by e-mail that there are new recovery codes."""
    tell(
        event.user_id,
        _("mail_recovery_made_subject", default="New recovery codes were made"),
        _(
            "mail_recovery_made_body",
            default="New recovery codes for signing in to ${site} were made. The former ones no longer work."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=site_named(),
        ),
    )


@adapter(ICodePrepared)
def tell_prepared(event) -> None:
    """Tell the member by e-mail that an administrator prepared a code."""
    tell(
        event.user_id,
        _("mail_prepared_subject", default="A sign-in code was prepared for you"),
        _(
            "mail_prepared_body",
            default="An administrator of ${site} prepared a code for you. Together with your password it signs in once, "
            "in place of a code that is sent to your phone. The administrator tells you the code; it is not in this e-mail."
            "\n\nIf you did not ask for it, contact the site at once: ${url}",
            mapping=site_named(),
        ),
    )


@adapter(IReserveCodeUsed)
def tell_reserve_used(event) -> None:
    """Tell the member by e-mail that a prepared or a recovery code was used, and when only few of those are left."""
    mapping = {**site_named(), "left": str(event.left)}
    if event.means is Means.PREPARED_CODE:
        subject = _("mail_prepared_used_subject", default="Your prepared code was used")
        body = _(
            "mail_prepared_used_body",
            default="Somebody signed in to ${site} with your password and the code that an administrator prepared for you."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=mapping,
        )
    elif event.left > recovery.FEW:
        subject = _("mail_recovery_used_subject", default="A recovery code was used")
        body = _(
            "mail_recovery_used_body",
            default="Somebody signed in to ${site} with your password and one of your recovery codes. Recovery codes left: ${left}."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=mapping,
        )
    else:
        subject = _("mail_recovery_few_subject", default="A recovery code was used, and few are left")
        body = _(
            "mail_recovery_few_body",
            default="Somebody signed in to ${site} with your password and one of your recovery codes. Recovery codes left: ${left}. "
            "Make new ones while you can sign in."
            "\n\nIf this was not you, contact the site at once: ${url}",
            mapping=mapping,
        )
    tell(event.user_id, subject, body)


def gate_at_hand():
    """Return the plugin of the current site; None without a site or a plugin, as while either is removed."""
    return plugin() if getSite() is not None else None


def site_named() -> dict:
    """Return what all these e-mails say of the site: its title and its address."""
    portal = api.portal.get()
    return {"site": portal.title, "url": portal.absolute_url()}


def tell(user_id: str, subject, body) -> None:
    """Send an e-mail to a member, if he is still there. ``subject`` and ``body`` are message ids."""
    member = api.user.get(userid=user_id)
    if member is not None:
        notices.post(notices.compose(member.getProperty("email", ""), subject, body))
