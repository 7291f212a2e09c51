"""The cookie that tells one browser from another: the token of a form is good in the browser that was shown the form, and in no other.

It is random, stands for nothing on record, and is the same for all forms and tabs of a browser. A page of another site can fetch a form
and its token, but not have somebody else's browser send it.
"""

from collective.smsauth.domain import codes
from collective.smsauth.domain.session import hashed
from collective.smsauth.flows import cookies

import re

#: What the name of the cookie begins with.
KIND = "smsauth_form"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def known(request) -> str:
    """Return what names the browser in the tokens of its forms, '' if it has sent no cookie."""
    secret = cookies.read(request, cookies.names(request, KIND))
    return hashed(secret) if _SECRET.fullmatch(secret) else ""


def recognised(request) -> str:
    """Return what names the browser in the tokens of its forms; it gets the cookie if it has none."""
    if not known(request):
        names, secret = cookies.names(request, KIND), codes.random_secret()
        request.cookies[names[0]] = secret
        cookies.put(request, names, secret)
    return known(request)
