"""Addresses of servers on the web, as the settings of gateways have them."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Tell whether a URL is the http or https address of a server, with nothing in it but that and a path."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.username is None and not parts.query and not parts.fragment and port != 0
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)
