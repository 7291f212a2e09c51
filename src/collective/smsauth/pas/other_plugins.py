"""Asks the other authentication plugins of a user folder whose credentials these are, as PAS itself asks them.

The credentials go from one plugin to the next. Some refuse by taking out of them what the next ones need, or by an exception that ends the
request: add-ons that lock accounts do so, and it counts here as it does in PAS.
"""

from collective.smsauth import logger
from collective.smsauth.interfaces import ISMSAuthPlugin
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.PluggableAuthService import reraise
from transaction.interfaces import TransientError

#: What PAS passes over with no more than a line for who debugs. plone.restapi's plugin of tokens raises KeyError at each wrong password
#: that comes as JSON: visitors could fill the log.
_ORDINARY = (NameError, AttributeError, KeyError, TypeError, ValueError)


def authenticate_with_others(user_folder, offered: dict):
    """Return the first plugin that knows the credentials, the credentials as it got them, and the user id and login it finds, or None.

    What a plugin takes out of ``offered`` stays out for those that are asked after it. A plugin that fails in a way that PAS passes over
    is passed over; whatever else it raises ends the request.

    :raises Exception: a plugin raised what PAS does not pass over, such as Unauthorized.
    """
    for plugin_id, plugin in user_folder.plugins.listPlugins(IAuthenticationPlugin):
        if ISMSAuthPlugin.providedBy(plugin):
            continue
        got = dict(offered)
        try:
            answer = plugin.authenticateCredentials(offered)
        except TransientError:
            raise
        except _ORDINARY:
            reraise(plugin)
            logger.debug("Authentication plugin %s cannot read the credentials", plugin_id, exc_info=True)
            continue
        except Exception:
            # To go on would let in whom this plugin may have refused.
            logger.warning("Authentication plugin %s refused or failed; nobody is let in", plugin_id, exc_info=True)
            raise
        if isinstance(answer, (tuple, list)) and len(answer) == 2 and answer[0]:
            return plugin, got, answer[0], answer[1]
    return None
