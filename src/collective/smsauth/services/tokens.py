"""The JSON web tokens that services give: they name the proof of the session, as its ticket does."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import wiring
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.pas.sessions import is_token
from plone import api
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from typing import Any


def plugin_of(user_folder: Any) -> Any:
    """Return the plugin of a user folder for tokens, None if there is none."""
    plugins = user_folder.plugins.listPlugins(IAuthenticationPlugin)
    return next((plugin for _id, plugin in plugins if is_token(plugin)), None)


def new(request: Any) -> str | None:
    """Return a token of the member in effect, with the proof of their session; None where the site gives no tokens.

    Where the plugin keeps a list of its tokens, the one that came with the request is taken from it: it is worth nothing from now on.
    """
    parts, user_id = wiring.of(request), getSecurityManager().getUser().getId()
    plugin = plugin_of(parts.site.acl_users)
    if plugin is None:
        return None
    forget(request, plugin, user_id)
    fullname = api.user.get_current().getProperty("fullname")
    return str(plugin.create_token(user_id, data={"fullname": fullname, **parts.gate.claims(user_id)}))


def forget(request: Any, plugin: Any, user_id: str = "") -> bool:
    """Take the token of a request from the plugin's list, if it keeps one and the token is that member's; tell whether it was there.

    '' stands for any member.
    """
    token = (request._auth or "")[7:].strip() if (request._auth or "").lower().startswith("bearer ") else ""
    if not token or not plugin.store_tokens or plugin._tokens is None:
        return False
    owner = (plugin._decode_token(token) or {}).get("sub")
    return bool(owner and user_id in ("", owner) and plugin.delete_token(token))


def with_proof(request: Any, user_folder: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of Plone's with the proof of its owner's session in its token; without a proof, with when that session began."""
    gate, plugin = gate_of(user_folder, request), plugin_of(user_folder)
    if gate is None or plugin is None or "token" not in answer:
        return answer
    claims, in_effect = plugin._decode_token(answer["token"]) or {}, getSecurityManager().getUser().getId()
    user_id = claims.get("sub")
    # nobody is in effect where only Plone's service, and not the user folder, reads the password in the body
    if not user_id or in_effect not in (None, user_id) or user_folder.getUserById(user_id) is None:
        return answer
    if plugin.store_tokens:
        plugin.delete_token(answer["token"])
    return {**answer, "token": plugin.create_token(user_id, data={**claims, **gate.claims(user_id)})}
