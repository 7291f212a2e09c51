"""What a request is for: a page that a person looks at, or what browsers and programs fetch by themselves."""

_PAGES = ("document", "iframe", "frame")
#: Headers by which browsers and the scripts of pages say that they only expect somebody to look: each with what it begins with.
_SPECULATIVE = {"Sec-Purpose": "prefetch", "Purpose": "prefetch", "X-Purpose": "preview", "X-Moz": "prefetch"}


def asks_for_a_page(request) -> bool:
    """Tell whether a browser asks for a page, which it can be led on from, and not for a part of one or for data."""
    if request.get("REQUEST_METHOD") not in ("GET", "HEAD") or "++" in request.get("PATH_INFO", ""):
        return False
    destination = request.getHeader("Sec-Fetch-Dest")
    if destination:
        return destination in _PAGES or request.getHeader("X-Requested-With") is not None
    accepted = request.getHeader("Accept") or "*/*"
    return "text/html" in accepted or accepted.split(",")[0].split(";")[0].strip() == "*/*"


def is_speculative(request) -> bool:
    """Tell whether a page is fetched in case somebody will look at it: prefetched, prerendered, previewed."""
    return any(
        (request.getHeader(name) or "").strip().lower().startswith(begins) for name, begins in _SPECULATIVE.items()
    )


def is_looked_at(request) -> bool:
    """Tell whether a person looks at a page, as far as the request tells: only that may send a message.

    A frame in somebody else's page, a picture, or a page that is fetched in advance is nobody's wish.
    """
    is_framed = request.getHeader("Sec-Fetch-Dest") in ("iframe", "frame")
    return (
        request.get("REQUEST_METHOD") == "GET"
        and asks_for_a_page(request)
        and not is_framed
        and not is_speculative(request)
    )
