"""The cookie that tells one browser from another: the token of a form is good in the browser that was shown the form, and in no other.

It is random, stands for nothing on record, and is the same for all forms and tabs of a browser. A page of another site can fetch a form
and its token, but not have somebody else's browser send it.
"""

from collective.smsauth.domain import codes
from collective.smsauth.domain.session import hashed
from collective.smsauth.flows import cookies

import re

COOKIE = "smsauth_form"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def known(request) -> str:
    """Return what names the browser in the tokens of its forms, '' if it has sent no cookie."""
    secret = request.cookies.get(COOKIE)
    return hashed(secret) if isinstance(secret, str) and _SECRET.fullmatch(secret) else ""


def recognised(request) -> str:
    """Return what names the browser in the tokens of its forms; it gets the cookie if it has none."""
    if not known(request):
        request.cookies[COOKIE] = codes.random_secret()
        cookies.put(request, COOKIE, request.cookies[COOKIE])
    return known(request)
