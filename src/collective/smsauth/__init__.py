"""Two-step verification by text message for Plone 6."""

from collective.smsauth.decorators import require_second_step
from zope.i18nmessageid import MessageFactory

import logging

__all__ = ("PACKAGE", "_", "logger", "require_second_step")

PACKAGE = "collective.smsauth"

_ = MessageFactory(PACKAGE)
logger = logging.getLogger(PACKAGE)
