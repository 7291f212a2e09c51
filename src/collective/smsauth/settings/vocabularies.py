"""What can be chosen in the control panel."""

from collective.smsauth.interfaces import ISMSGateway
from zope.component import getUtilitiesFor
from zope.interface import provider
from zope.schema.interfaces import IVocabularyFactory
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary


@provider(IVocabularyFactory)
def gateways(context) -> SimpleVocabulary:
    """Return the registered gateways by name."""
    found = sorted(getUtilitiesFor(ISMSGateway))
    return SimpleVocabulary([SimpleTerm(name, title=gateway.title) for name, gateway in found])
