"""Names of countries in the language of whoever looks."""

from collective.smsauth import _

_NOWHERE = _("country_none", default="No country")


def name_of(region: str, request):
    """Return the name of a region (ISO 3166-1 alpha-2); its code where there is no name, and words for ''."""
    if not region:
        return _NOWHERE
    names = request.locale.displayNames.territories or {}
    return names.get(region) or region
