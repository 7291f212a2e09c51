"""Where texts and calls may go: the countries that a site has allowed, less those that it has blocked."""

from collections.abc import Collection


def is_open(region: str, *, allowed: Collection[str], blocked: Collection[str]) -> bool:
    """Tell whether codes may be sent to numbers of ``region``.

    All are ISO 3166-1 alpha-2 codes. ``region`` is '' for numbers that belong to no country, such as those of satellite phones:
    they are open only where no countries have been ``allowed`` by name.
    """
    return region not in blocked and (not allowed or region in allowed)
