"""What the answer of a server means that nobody has described: by its status, by what the settings say, and by its own words.

There is no code that all providers share. But nearly all say in English what is wrong, and the texts of codes need to know only this: is it
the number, its owner, the account, or a matter of time.
"""

from collections.abc import Iterator
from collective.smsauth.delivery.gateways.http import json_path
from collective.smsauth.delivery.gateways.http.connection import Answer
from collective.smsauth.delivery.gateways.http.json_path import MISSING
from collective.smsauth.delivery.gateways.http.json_path import Steps
from collective.smsauth.delivery.redaction import plain_id
from collective.smsauth.delivery.redaction import redact
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import GatewayError
from dataclasses import dataclass
from typing import Any

import json
import re

#: So much of an answer is looked at for words, in characters.
_LONGEST = 2000
_MOST_STRINGS = 100
#: Answers of who waited too long for somebody else's: the text may have been taken all the same.
_LATE = (408, 504)

_PHONE = r"(?:number|msisdn|recipient|destination|phone|mobile|subscriber|handset)s?"
_WRONG = r"(?:invalid|not valid|not a valid|unknown|malformed|incorrect|unallocated|not exist|not found|not in service|unassigned)"
#: The first that is found counts.
_WORDS = (
    (DeliveryStatus.UNSUBSCRIBED, r"unsubscrib|opted[ -]?out|opt[ -]?out|replied stop|sent stop"),
    (
        DeliveryStatus.CONFIGURATION,
        r"credential|unauthori[sz]|not authori[sz]ed|forbidden|authenticat|api ?key|api ?token|access token|password|"
        r"credit|balance|funds|quota|payment|billing|suspended|account|sender|originator|source (?:number|address)|"
        r"from (?:number|address)|permission|not permitted|not allowed",
    ),
    (DeliveryStatus.BAD_NUMBER, rf"{_WRONG}\b.{{0,40}}\b{_PHONE}\b|\b{_PHONE}\b.{{0,60}}\b{_WRONG}"),
    (
        DeliveryStatus.CANNOT_RECEIVE,
        r"landline|black ?list|blocked|barred|unroutable|not routable|no route|cannot receive|unreachable|not reachable|absent",
    ),
    (
        DeliveryStatus.TRY_LATER,
        r"throttl|rate limit|too many|temporar|unavailable|try again|later|overload|busy|internal|time ?out|timed out",
    ),
)
_HINTS = {
    DeliveryStatus.UNSUBSCRIBED: "the owner of the number wants no texts",
    DeliveryStatus.CONFIGURATION: "check the address, the headers, the template and the account",
    DeliveryStatus.BAD_NUMBER: "there is no such number",
    DeliveryStatus.CANNOT_RECEIVE: "the server does not take this number or this text",
    DeliveryStatus.TRY_LATER: "the server cannot take it right now",
}


@dataclass(frozen=True, kw_only=True)
class Success:
    """What an answer is like that says that a text was taken.

    ``statuses`` are HTTP statuses, empty for all of 200 to 299. ``text`` is what has to stand at ``path``, or anywhere if there is no path;
    a path without a text asks for anything but nothing there. ``message_id`` leads to the id.
    """

    statuses: frozenset[int] = frozenset()
    path: Steps = ()
    text: str = ""
    message_id: Steps = ()


def taken(answer: Answer, success: Success, *secrets: str) -> str:
    """Return the provider's id of a text that was taken, '' if there is none.

    :raises GatewayError: the answer says that it was not, or does not say it. ``secrets`` are not in its detail.
    """
    status = answer.status
    if not (status in success.statuses if success.statuses else 200 <= status < 300):
        raise _refused(answer, _by_status, *secrets)
    body = answer.body.decode("utf-8", "replace")
    document = _document(body) if success.path or success.message_id else MISSING
    if success.path:
        if document is MISSING:
            detail = f"the server answered HTTP {status}, but not in JSON: what became of the text is not known"
            raise GatewayError(DeliveryStatus.TRY_LATER, detail, certain=False)
        found = json_path.value_at(document, success.path)
        if _spelled(found) != success.text if success.text else _is_nothing(found):
            raise _refused(answer, _declared, *secrets)
    elif success.text and success.text not in body:
        raise _refused(answer, _declared, *secrets)
    return plain_id(_spelled(json_path.value_at(document, success.message_id)), *secrets) if success.message_id else ""


def _refused(answer: Answer, otherwise: Any, *secrets: str) -> GatewayError:
    words = _words_of(answer.body)
    said = redact(words, *secrets)
    # A plain word of the settings, such as ``number``, means in an answer what it means in others.
    classed = redact(words, *(one for one in secrets if not one.isalpha()))
    status = _clear(answer.status) or _by_words(classed) or otherwise(answer.status)
    detail = f"the server answered HTTP {answer.status}{': ' if said else ''}{said} ({_HINTS[status]})"
    return GatewayError(status, detail, certain=answer.status not in _LATE)


def _clear(status: int) -> DeliveryStatus | None:
    """Return what a status means whatever is said besides."""
    if status in (401, 402, 403, 407):
        return DeliveryStatus.CONFIGURATION
    return DeliveryStatus.TRY_LATER if status in (408, 425, 429) or status >= 500 else None


def _by_status(status: int) -> DeliveryStatus:
    # What was sent is wrong. Its form was checked when the template was saved: what differs is the number and the text.
    return DeliveryStatus.CANNOT_RECEIVE if status in (400, 409, 410, 422) else DeliveryStatus.CONFIGURATION


def _declared(status: int) -> DeliveryStatus:
    return DeliveryStatus.TRY_LATER


def _by_words(said: str) -> DeliveryStatus | None:
    plain = re.sub(r"[_\W]+", " ", said.lower())
    return next((status for status, pattern in _WORDS if re.search(pattern, plain)), None)


def _words_of(body: bytes) -> str:
    """Return what an answer says: of JSON the values only, since names such as ``account`` stand there always."""
    text = body.decode("utf-8", "replace")
    document = _document(text)
    if document is MISSING:
        return re.sub(r"<[^<>]*>", " ", text[: 2 * _LONGEST])[:_LONGEST]
    strings = (one for _place, one in zip(range(_MOST_STRINGS), _strings(document)))  # noqa: B905
    return ", ".join(strings)[:_LONGEST]


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, (dict, list)) and depth < 10:
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one, depth + 1)


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return MISSING


def _is_nothing(value: object) -> bool:
    return value is MISSING or value is None or value is False or value in ("", [], {})


def _spelled(value: object) -> str:
    """Return a single value of JSON as an administrator would write it; '' for what is none."""
    if value is MISSING or value is None or isinstance(value, (dict, list)):
        return ""
    return value if isinstance(value, str) else json.dumps(value)
