"""Countries: which one a site is for, and where its texts and calls may go."""

from collections.abc import Collection
from collective.smsauth.domain.phone import is_region

#: Where nearly all sites in a language are, of those in which a site is mostly for one country.
_HOMES = {
    "bg": "BG",
    "cs": "CZ",
    "da": "DK",
    "de": "DE",
    "el": "GR",
    "et": "EE",
    "eu": "ES",
    "fi": "FI",
    "fr": "FR",
    "ga": "IE",
    "gl": "ES",
    "he": "IL",
    "hr": "HR",
    "hu": "HU",
    "hy": "AM",
    "id": "ID",
    "is": "IS",
    "it": "IT",
    "ja": "JP",
    "ka": "GE",
    "ko": "KR",
    "lt": "LT",
    "lv": "LV",
    "mk": "MK",
    "nb": "NO",
    "nl": "NL",
    "nn": "NO",
    "no": "NO",
    "pl": "PL",
    "ro": "RO",
    "ru": "RU",
    "sk": "SK",
    "sl": "SI",
    "sq": "AL",
    "sr": "RS",
    "sv": "SE",
    "th": "TH",
    "tr": "TR",
    "uk": "UA",
    "vi": "VN",
}


def home_of(language: str, *, here: Collection[str]) -> str:
    """Return the country that a site is for, as ISO 3166-1 alpha-2; '' where nothing tells.

    ``language`` is an ISO 639 code with a country or not ('nl', 'pt-br', 'de_AT'), ``here`` are the countries of its time zone.
    """
    name, _, country = language.replace("_", "-").partition("-")
    if is_region(country.upper()):
        return country.upper()
    home = _HOMES.get(name.lower(), "")
    if home in here or not here:
        return home
    return next(iter(here)) if len(here) == 1 else ""


def is_open(region: str, *, allowed: Collection[str], blocked: Collection[str]) -> bool:
    """Tell whether codes may be sent to numbers of ``region``.

    All are ISO 3166-1 alpha-2 codes. ``region`` is '' for numbers that belong to no country, such as those of satellite phones:
    they are open only where no countries have been ``allowed`` by name.
    """
    return region not in blocked and (not allowed or region in allowed)
