"""Names of countries in the language of whoever looks."""

from collective.smsauth import _
from collective.smsauth.domain import phone
from zope.globalrequest import getRequest
from zope.i18n.locales import locales
from zope.interface import provider
from zope.schema.interfaces import IVocabularyFactory
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary

#: What the locales of Zope, which are older, do not name.
_YOUNGER = {
    "AC": "Ascension Island",
    "AX": "Åland Islands",
    "BL": "Saint Barthélemy",
    "BQ": "Caribbean Netherlands",
    "CW": "Curaçao",
    "GG": "Guernsey",
    "IM": "Isle of Man",
    "JE": "Jersey",
    "ME": "Montenegro",
    "MF": "Saint Martin",
    "RS": "Serbia",
    "SS": "South Sudan",
    "SX": "Sint Maarten",
    "TA": "Tristan da Cunha",
    "XK": "Kosovo",
}
_NOWHERE = _("country_none", default="No country")


def name_of(region: str, request):
    """Return the name of a region (ISO 3166-1 alpha-2); its code where there is no name, and words for ''."""
    if not region:
        return _NOWHERE
    return _named(region, _names(request))


@provider(IVocabularyFactory)
def countries(context) -> SimpleVocabulary:
    """Return all countries that phone numbers are known for, by name, each with its calling code."""
    names = _names(getRequest())
    named = [(_named(region, names), region) for region in phone.regions()]
    found = sorted(named, key=lambda one: (one[0].casefold(), one[1]))
    terms = [SimpleTerm(region, title=f"{name} (+{phone.calling_code(region)})") for name, region in found]
    return SimpleVocabulary(terms)


def _named(region: str, names: dict) -> str:
    return str(names.get(region) or _YOUNGER.get(region, region))


def _names(request) -> dict:
    # In the language that Plone answers in; what a browser asks for beyond that, its locale knows.
    language, _dash, region = str(request.get("LANGUAGE") or "").partition("-")
    locale = locales.getLocale(language, None, region.upper() or None) if language else request.locale
    return locale.displayNames.territories or request.locale.displayNames.territories or {}
