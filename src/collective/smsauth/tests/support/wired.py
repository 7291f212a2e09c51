"""The parts of the site at hand, made anew each time: a test lets time pass and changes settings within one request."""

from collective.smsauth.flows import cookies
from collective.smsauth.settings import gateway_choice
from collective.smsauth.wiring import Parts
from plone import api
from zope.globalrequest import getRequest


def parts() -> Parts:
    """Return new parts of the current site."""
    return Parts(api.portal.get(), getRequest())


def plugin():
    """Return the plugin."""
    return parts().plugin


def now() -> float:
    """Return the time."""
    return parts().now


def policy():
    """Return the policy."""
    return parts().policy


def keys(usage: str) -> list[bytes]:
    """Return the keys for one usage."""
    return parts().keys(usage)


def verifier():
    """Return a verifier."""
    return parts().verifier


def reserve():
    """Return what makes codes in reserve."""
    return parts().backup_codes


def trust():
    """Return the trusted browsers."""
    return parts().trusted_browsers


def access():
    """Return the codes for who forgot a password."""
    return parts().password_access


def windows():
    """Return the rate limiter."""
    return parts().rate_limiter


def ledger(plugin=None):
    """Return the counters."""
    return parts().counters


def neighbours(plugin=None):
    """Return the number blocks."""
    return parts().number_blocks


def cookie_name(kind: str, *owner: str) -> str:
    """Return the name of a cookie of the site, and of that member if it is one of several."""
    return cookies.names(getRequest(), kind, *owner)[0]


def sender() -> str:
    """Return the number from which texts come."""
    return parts().sender


def gateway():
    """Return the chosen gateway."""
    return gateway_choice.chosen(api.portal.get())


def carriers(channel):
    """Return the gateways that are ready for a channel."""
    return gateway_choice.ready(api.portal.get(), channel)
