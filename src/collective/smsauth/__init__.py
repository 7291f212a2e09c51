"""Two-step verification by text message for Plone 6."""

from zope.i18nmessageid import MessageFactory

import logging

PACKAGE = "collective.smsauth"

_ = MessageFactory(PACKAGE)
logger = logging.getLogger(PACKAGE)
