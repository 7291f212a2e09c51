"""The permissions of this package by their names in Zope; ``permissions.zcml`` registers them and says who has them."""

SET_UP_OWN = "collective.smsauth: Set up own two-step verification"
MANAGE = "collective.smsauth: Manage two-step verification"
PREPARE_CODES = "collective.smsauth: Prepare codes for members"

ALL = (SET_UP_OWN, MANAGE, PREPARE_CODES)
