"""Cookies of the second step: for the whole host, out of reach of scripts and of other sites' forms, over https only where that is used.

Several sites may share a host, one even below the path of another, and several members a browser. So the name of a cookie ends with a keyed
digest of what it belongs to: nobody's takes the place of another's, and it names neither a site nor a member.
"""

from collective.smsauth import wiring
from collective.smsauth.domain import codes
from collective.smsauth.pas.request_notes import notes_of


def names(request, kind: str, *owner: str) -> list[str]:
    """Return the names of a cookie of this site: one for each key of the site, the one to be given out first.

    ``kind`` is what they begin with. ``owner`` is the user id whose cookie it is, if it is one of several in a browser.
    """
    parts = wiring.of(request)
    says = ("cookie", kind, "/".join(parts.site.getPhysicalPath()), *owner)
    return [f"{kind}_{codes.digest(key, *says)[:16]}" for key in parts.keys("signing")]


def read(request, names: list[str]) -> str:
    """Return the value of the first of the cookies of these names, '' if there is none."""
    found = (request.cookies.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), "")


def put(request, names: list[str], value: str, **more) -> None:
    """Give the browser a cookie; without ``max_age`` (seconds) among ``more`` it ends with the browser."""
    notes_of(request).gives_cookies = True
    is_safe = request["SERVER_URL"].startswith("https:")
    _take_back(request, [name for name in names[1:] if name in request.cookies])
    request.response.setCookie(names[0], value, path="/", http_only=True, same_site="Lax", secure=is_safe, **more)


def take_back(request, names: list[str]) -> None:
    """Take a cookie back."""
    notes_of(request).gives_cookies = True
    _take_back(request, [names[0], *(name for name in names[1:] if name in request.cookies)])


def _take_back(request, names: list[str]) -> None:
    for name in names:
        request.response.expireCookie(name, path="/")
