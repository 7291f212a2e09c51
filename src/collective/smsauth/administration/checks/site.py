"""Looks whether anything in the site lets people past the second step, or keeps codes and notices from leaving."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.administration.checks import rules
from collective.smsauth.administration.checks import sending
from collective.smsauth.administration.checks.finding import Finding
from collective.smsauth.interfaces import ISecondStepDoor
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.interfaces import IVoiceGateway
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.pas.sessions import is_session
from collective.smsauth.pas.sessions import is_token
from collective.smsauth.settings.gateway_choice import NO_GATEWAY
from collective.smsauth.settings.stored import chosen_gateway
from collective.smsauth.settings.stored import gateway_config
from collective.smsauth.settings.stored import gateways
from collective.smsauth.settings.stored import second_gateway
from collective.smsauth.settings.stored import stored
from collective.smsauth.setuphandlers import out_of_place
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from zope.component import getSiteManager
from zope.i18nmessageid import Message
from zope.interface import Interface
from zope.interface import providedBy


def findings(site, request) -> list[Finding]:
    """Return all findings about ``site``, as requests with the layers of ``request`` meet it."""
    return [
        _plugin(site.acl_users),
        _cache(site.acl_users),
        _tokens(site.acl_users),
        _autologin(site, request),
        _keys(),
        _gateway(site),
        *_second_gateway(site),
        *_voice(site),
        _mail(site),
        *rules.findings(site, request),
        *sending.findings(),
    ]


def plugin_in_place(site) -> bool:
    """Tell whether the plugin is there, active, and first."""
    return plugin_of(site.acl_users) is not None and not out_of_place(site.acl_users)


def gateway_problems(site) -> tuple[Message, ...]:
    """Return what keeps the chosen gateway from sending."""
    gateway = chosen_gateway(site)
    return (NO_GATEWAY,) if gateway is None else tuple(gateway.problems(gateway_config(site)))


def _plugin(user_folder) -> Finding:
    title = _("check_plugin", default="The plugin is in place: it is asked before all others.")
    if plugin_of(user_folder) is None:
        advice = _(
            "check_plugin_missing",
            default="The plugin is missing: a password alone is enough to log in. Put the plugin back.",
        )
        return Finding(ok=False, title=_NOT_IN_PLACE, advice=(advice,))
    wrong = out_of_place(user_folder)
    if wrong:
        advice = _(
            "check_plugin_moved",
            default="It is inactive, or other plugins come before it, for: ${interfaces}. Put the plugin back.",
            mapping={"interfaces": ", ".join(wrong)},
        )
        return Finding(ok=False, title=_NOT_IN_PLACE, advice=(advice,))
    return Finding(ok=True, title=title)


_NOT_IN_PLACE = _("check_plugin_wrong", default="The plugin is not in its place.")


def _cache(user_folder) -> Finding:
    manager = user_folder.ZCacheable_getManagerId()
    if manager is None:
        return Finding(ok=True, title=_("check_cache", default="No cache remembers who was logged in."))
    advice = _(
        "check_cache_advice",
        default="The cache manager “${manager}” of the user folder answers before any plugin is asked. "
        "Take it off on the Cache tab of acl_users.",
        mapping={"manager": str(manager)},
    )
    return Finding(
        ok=False, title=_("check_cache_wrong", default="A cache remembers who was logged in."), advice=(advice,)
    )


def _tokens(user_folder) -> Finding:
    strange = [
        plugin_id
        for plugin_id, plugin in user_folder.plugins.listPlugins(IAuthenticationPlugin)
        if not (ISMSAuthPlugin.providedBy(plugin) or _is_known(plugin))
    ]
    if not strange:
        title = _(
            "check_tokens", default="All ways to log in are known: passwords, sessions, and tokens of the REST API."
        )
        return Finding(ok=True, title=title)
    advice = _(
        "check_tokens_advice",
        default="These plugins cannot carry the second step: ${plugins}. Members with two-step verification are led "
        "to the code form if they come with a browser, and kept out otherwise. Everybody else gets in.",
        mapping={"plugins": ", ".join(strange)},
    )
    return Finding(
        ok=False, title=_("check_tokens_wrong", default="There are unknown ways to log in."), advice=(advice,)
    )


def _is_known(plugin) -> bool:
    return is_session(plugin) or is_token(plugin) or IUserManagement.providedBy(plugin)


def _autologin(site, request) -> Finding:
    wanted = providedBy(site), providedBy(request)
    view = getSiteManager(site).adapters.lookup(wanted, Interface, name="passwordreset")
    closed = view is not None and ISecondStepDoor.implementedBy(view)
    if closed or not site.portal_registry.get("plone.autologin_after_password_reset", False):
        title = _("check_autologin", default="A password reset does not bypass the second step.")
        return Finding(ok=True, title=title)
    advice = _(
        "check_autologin_advice",
        default="Another add-on replaces the page for a new password. Switch off “Login user after password reset” in "
        "the security settings.",
    )
    title = _("check_autologin_wrong", default="A password reset logs members in without the second step.")
    return Finding(ok=False, title=title, advice=(advice,))


def _keys() -> Finding:
    try:
        wiring.current().keys("codes")
    except LookupError:
        advice = _(
            "check_keys_advice", default="Without a key no code can be checked. Rotate the keys of plone.keyring."
        )
        return Finding(ok=False, title=_("check_keys_wrong", default="The key ring is empty."), advice=(advice,))
    return Finding(ok=True, title=_("check_keys", default="The key ring has a key."))


def _gateway(site) -> Finding:
    problems = gateway_problems(site)
    if problems:
        return Finding(ok=False, title=_("check_gateway_wrong", default="No text can be sent."), advice=problems)
    title = _("check_gateway", default="The gateway is set up.")
    remark = _(
        "check_gateway_local",
        default="It does not send to phones. That is for trying out: choose another one before members depend on it.",
    )
    return Finding(ok=True, title=title, advice=(remark,) if chosen_gateway(site).local else ())


def _second_gateway(site) -> list[Finding]:
    name = stored(site, "gateway_second")
    if not name:
        return []
    gateway = second_gateway(site)
    if gateway is not None:
        problems = tuple(gateway.problems(gateway_config(site)))
    elif name == stored(site, "gateway"):
        problems = (
            _("problem_second_is_first", default="The second gateway is the first one: choose another, or none."),
        )
    else:
        problems = (NO_GATEWAY,)
    if problems:
        title = _("check_second_gateway_wrong", default="The second gateway cannot take over.")
        return [Finding(ok=False, title=title, advice=problems)]
    return [Finding(ok=True, title=_("check_second_gateway", default="The second gateway is set up."))]


def _voice(site) -> list[Finding]:
    if not stored(site, "channel_voice"):
        return []
    config = gateway_config(site)
    problems = [gateway.voice_problems(config) for gateway in gateways(site) if IVoiceGateway.providedBy(gateway)]
    if problems and not all(problems):
        return [Finding(ok=True, title=_("check_voice", default="Codes can be read out by phone."))]
    cannot = _(
        "check_voice_gateway", default="The gateway cannot call. Switch voice calls off, or choose another gateway."
    )
    title = _("check_voice_wrong", default="Voice calls are switched on, but nobody can be called.")
    return [Finding(ok=False, title=title, advice=tuple(problems[0]) if problems else (cannot,))]


def _mail(site) -> Finding:
    # Plone's mailer goes by the registry: what the mail host itself says of its server is not used.
    if all(site.portal_registry.get(f"plone.{name}") for name in ("smtp_host", "email_from_address")):
        return Finding(ok=True, title=_("check_mail", default="E-mail is set up."))
    advice = _(
        "check_mail_advice",
        default="Members hear of changes, and reset a lost phone, by e-mail. Fill in the mail settings of the site.",
    )
    return Finding(ok=False, title=_("check_mail_wrong", default="E-mail is not set up."), advice=(advice,))
