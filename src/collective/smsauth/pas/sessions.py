"""Where the two kinds of session that Plone knows carry what is ours: the ticket's tokens, and claims of the JSON web token.

A proof counts only inside a credential that the plugin which owns it has just validated, so it is that plugin that is asked here.
"""

from plone.session.interfaces import ISessionPlugin
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import IExtractionPlugin

#: Name of the claim of a JSON web token that carries the proof.
CLAIM = "smsauth"
#: Name of the claim that carries what a ticket says in a stamp, for a session that would go on without its proof; see ``session_stamps``.
STAMP_CLAIM = "smsauth_since"

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
    """Return what may name a proof, or be a stamp, in credentials that ``plugin`` accepted as those of ``user_id``."""
    if is_session(plugin):
        ticket = plugin._validateTicket(credentials["cookie"])
        return tuple(ticket[2]) if ticket is not None and ticket[1] == user_id else ()
    if is_token(plugin):
        claims = plugin._decode_token(credentials["token"]) or {}
        held = (claims.get(name) for name in (CLAIM, STAMP_CLAIM)) if claims.get("sub") == user_id else ()
        return tuple(one for one in held if isinstance(one, str))
    return ()


def made_at(plugin, credentials) -> float | None:
    """Return when the ticket or token in accepted credentials was made, in seconds since the epoch; None if that cannot be told.

    A ticket can have been renewed since its session began. A token of plone.restapi says when it ends, and the plugin for how long
    tokens are good.
    """
    if is_session(plugin):
        ticket = plugin._validateTicket(credentials["cookie"])
        return float(ticket[4]) if ticket is not None else None
    if not is_token(plugin):
        return None
    token = credentials["token"]
    claims = plugin._decode_token(token) or {}
    if plugin.store_tokens:
        return ((plugin._tokens or {}).get(claims.get("sub")) or {}).get(token)
    ends = claims.get("exp")
    return ends - plugin.token_timeout if isinstance(ends, (int, float)) and plugin.token_timeout else None


def ticket_in(plugin, request) -> tuple[dict, str] | None:
    """Return the credentials that a session plugin finds in a request, and the user id in their ticket; None if there is no valid one."""
    credentials = _answer(plugin.extractCredentials, request)
    ticket = plugin._validateTicket(credentials["cookie"]) if credentials else None
    return (credentials, ticket[1]) if ticket is not None else None


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
