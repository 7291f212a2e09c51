"""A page that tells a verdict when the real one could not be made: nothing of the site, the theme or the request is needed for it.

An answer is counted, or its code spent, before the page is made. Whoever gave it has to hear what came of it, and a fault that only wrong
answers meet must not tell them from right ones by an error page. A right answer can be sent once more from here.
"""

from collections.abc import Iterable
from collective.smsauth import _
from plone.transformchain.interfaces import DISABLE_TRANSFORM_REQUEST_KEY
from zope.i18n import translate

import html
import transaction

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
  <head><meta charset="utf-8" /><meta name="viewport" content="width=device-width" /><title>{title}</title></head>
  <body><main><h1>{title}</h1><p>{words}</p>{form}<p><a href="{link}">{back}</a></p></main></body>
</html>
"""
_FORM = '<form action="{url}" method="post">{fields}<p><button type="submit">{send}</button></p></form>'
_FIELD = '<input type="hidden" name="{name}" value="{value}" />'


def page(request, words, url: str, *, link: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Return the page: ``words`` (a message id), a link to the form, and a button that sends ``fields`` to ``url`` if there are any.

    All else that the request did is given up, cookies included.
    """
    transaction.doom()
    response = request.response
    response.cookies.clear()
    response.headers.pop("location", None)
    response.setStatus(200)
    response.setHeader("Content-Type", "text/html; charset=utf-8")
    response.setHeader("Cache-Control", "no-store, private")
    response.setHeader("Referrer-Policy", "no-referrer")
    request.environ[DISABLE_TRANSFORM_REQUEST_KEY] = True
    title = _("title_bare", default="This page could not be shown")
    back = _("link_bare", default="Go back to the form")
    send = _("button_bare", default="Send it once more")
    texts = {"title": title, "words": words, "back": back, "send": send}
    texts = {name: _in_words(text, request) for name, text in texts.items()}
    hidden = "".join(_FIELD.format(name=html.escape(name), value=html.escape(value)) for name, value in fields)
    form = _FORM.format(url=html.escape(url), fields=hidden, send=texts["send"]) if hidden else ""
    language = html.escape(str(request.get("LANGUAGE") or "en"))
    return _PAGE.format(link=html.escape(link), language=language, form=form, **texts)


def _in_words(message, request) -> str:
    try:
        text = translate(message, context=request)
    except Exception:  # the language, too, comes with the request
        text = translate(message, target_language="en")
    return html.escape(text)
