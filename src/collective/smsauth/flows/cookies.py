"""Cookies of the second step: for the whole host, out of reach of scripts and of other sites' forms, over https only where that is used."""

from collective.smsauth.pas.request_notes import notes_of


def put(request, name: str, value: str, **more) -> None:
    """Give the browser a cookie; without ``max_age`` (seconds) among ``more`` it ends with the browser."""
    notes_of(request).gives_cookies = True
    is_safe = request["SERVER_URL"].startswith("https:")
    request.response.setCookie(name, value, path="/", http_only=True, same_site="Lax", secure=is_safe, **more)


def take_back(request, name: str) -> None:
    """Take a cookie back."""
    notes_of(request).gives_cookies = True
    request.response.expireCookie(name, path="/")
