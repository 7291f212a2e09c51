"""The forms in a page: what a browser would send for each of their buttons."""

from collections.abc import Iterator
from dataclasses import dataclass
from lxml import html
from tools.fuzz.request import Pairs
from urllib.parse import urljoin
from urllib.parse import urlsplit

_BUTTONS = frozenset({"submit", "image"})
_BOXES = frozenset({"checkbox", "radio"})


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form and one of its buttons, '' if it has none. ``boxes`` are the boxes to tick that are not ticked."""

    path: str
    query: str
    method: str
    button: str
    fields: Pairs
    boxes: Pairs


def forms_in(page: str, address: str) -> Iterator[Form]:
    """Return the forms of a page that was found at ``address``, once for each button."""
    if "<form" not in page:
        return
    for form in html.document_fromstring(page).iter("form"):
        fields, boxes, buttons = [], [], []
        for one in form.iter("input", "select", "textarea", "button"):
            name, kind = one.get("name"), (one.get("type") or "").lower()
            if not name or one.get("disabled") is not None:
                continue
            if kind in _BUTTONS or one.tag == "button":
                buttons.append((name, one.get("value") or ""))
            elif kind in _BOXES and one.get("checked") is None:
                boxes.append((name, one.get("value") or "on"))
            elif one.tag == "select":
                chosen = one.xpath(".//option[@selected]")
                fields += [(name, option.get("value") or "") for option in chosen]
            elif kind != "file":
                fields.append((name, (one.text if one.tag == "textarea" else one.get("value")) or ""))
        where = urlsplit(urljoin(address, form.get("action") or ""))
        for name, value in buttons or [("", "")]:
            pressed = ((name, value),) if name else ()
            yield Form(
                path=where.path,
                query=where.query,
                method=(form.get("method") or "get").upper(),
                button=name,
                fields=(*fields, *pressed),
                boxes=tuple(boxes),
            )


def links_in(page: str, address: str) -> list[str]:
    """Return the addresses in a page that lead to pages of this package with something in the query."""
    if "smsauth-" not in page:
        return []
    found = (
        urljoin(address, link.get("href")) for link in html.document_fromstring(page).iter("a") if link.get("href")
    )
    return sorted({one for one in found if "@@smsauth-" in one and "?" in one})
