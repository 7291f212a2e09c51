"""Asks the other authentication plugins of a user folder whose credentials these are."""

from collective.smsauth import logger
from collective.smsauth.interfaces import ISMSAuthPlugin
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.PluggableAuthService import reraise
from transaction.interfaces import TransientError

#: What PAS passes over with no more than a line for who debugs. plone.restapi's plugin of tokens raises KeyError at each wrong password
#: that comes as JSON: visitors could fill the log.
_ORDINARY = (NameError, AttributeError, KeyError, TypeError, ValueError)


def authenticate_with_others(user_folder, offered: dict):
    """Return the first plugin that knows the credentials, with the user id and login it finds, or None.

    A plugin that fails, fails for itself alone.
    """
    for plugin_id, plugin in user_folder.plugins.listPlugins(IAuthenticationPlugin):
        if ISMSAuthPlugin.providedBy(plugin):
            continue
        try:
            answer = plugin.authenticateCredentials(dict(offered))
        except TransientError:
            raise
        except _ORDINARY:
            reraise(plugin)
            logger.debug("Authentication plugin %s cannot read the credentials", plugin_id, exc_info=True)
            continue
        except Exception:
            reraise(plugin)
            logger.warning("Authentication plugin %s failed; asking the next one", plugin_id, exc_info=True)
            continue
        if isinstance(answer, (tuple, list)) and len(answer) == 2 and answer[0]:
            return plugin, answer[0], answer[1]
    return None
