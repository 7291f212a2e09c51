"""Where the two kinds of session that Plone knows carry a proof: the ticket's tokens, and a claim of the JSON web token.

A proof counts only inside a credential that the plugin which owns it has just validated, so it is that plugin that is asked here.
"""

from plone.session.interfaces import ISessionPlugin
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import IExtractionPlugin

#: Name of the claim of a JSON web token that carries the proof.
CLAIM = "smsauth"

_JWT = "JWT Authentication Plugin"


def is_session(plugin) -> bool:
    """Tell whether a plugin keeps its session in a plone.session ticket."""
    return ISessionPlugin.providedBy(plugin)


def is_token(plugin) -> bool:
    """Tell whether a plugin keeps its session in a JSON web token of plone.restapi."""
    return getattr(plugin, "meta_type", None) == _JWT


def has_password(plugin, credentials) -> bool:
    """Tell whether credentials that ``plugin`` accepted are a password, or the token of a program.

    All else (the ticket of a session, the headers of a proxy for single sign-on) a browser brings by itself, and its owner may have
    no password to give.
    """
    return is_token(plugin) or (not is_session(plugin) and "password" in credentials)


def secrets_in(plugin, credentials, user_id: str) -> tuple[str, ...]:
    """Return what may name a proof in credentials that ``plugin`` accepted as those of ``user_id``."""
    if is_session(plugin):
        ticket = plugin._validateTicket(credentials["cookie"])
        return tuple(ticket[2]) if ticket is not None and ticket[1] == user_id else ()
    if is_token(plugin):
        claims = plugin._decode_token(credentials["token"]) or {}
        secret = claims.get(CLAIM)
        return (secret,) if isinstance(secret, str) and claims.get("sub") == user_id else ()
    return ()


def sessions_of(user_folder, request, user_id: str):
    """Yield pairs of a session plugin and credentials of this request that it accepts as those of ``user_id``.

    The request is read anew, for where nothing was noted while it was authenticated.
    """
    plugins = user_folder.plugins
    asked = [p for _, p in plugins.listPlugins(IAuthenticationPlugin) if is_session(p) or is_token(p)]
    for extractor_id, extractor in plugins.listPlugins(IExtractionPlugin):
        credentials = _answer(extractor.extractCredentials, request)
        if not credentials:
            continue
        offered = {**credentials, "extractor": extractor_id}
        for plugin in asked:
            found = _answer(plugin.authenticateCredentials, dict(offered))
            if found and found[0] == user_id:
                yield plugin, offered


def _answer(ask, subject):
    # What PAS swallows of a plugin that was handed nonsense is no answer here either.
    try:
        return ask(subject)
    except (AttributeError, KeyError, NameError, TypeError, ValueError):
        return None
