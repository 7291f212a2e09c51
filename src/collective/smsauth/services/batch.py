"""Lists in batches, as plone.restapi has them."""

from collections.abc import Sequence
from collective.smsauth.flows.requester import is_encodable
from collective.smsauth.services import refusals
from collective.smsauth.services.refusals import Refusal
from plone.restapi.batching import DEFAULT_BATCH_SIZE
from plone.restapi.batching import HypermediaBatch
from typing import Any

#: Items of one batch at most.
LARGEST_BATCH = 1000
#: Digits of a number in an address.
_MOST_DIGITS = 9


def text(request, name: str) -> str | Refusal:
    """Return a parameter of the address, '' if it is not there."""
    value = request.form.get(name, "")
    return value.strip() if isinstance(value, str) and is_encodable(value) else refusals.of_field(name)


def batched(request, results: Sequence[Any]) -> HypermediaBatch | Refusal:
    """Return the batch of ``results`` that the address asks for: from ``b_start``, of ``b_size``."""
    for name, least, most in (("b_start", 0, None), ("b_size", 1, LARGEST_BATCH)):
        number = _number(request.form.get(name, DEFAULT_BATCH_SIZE))
        if number is None or number < least or (most is not None and number > most):
            return refusals.of_field(name)
    # its body, which plone.restapi would look at as well, is nothing to a request that only reads
    request["BODY"] = b""
    return HypermediaBatch(request, results)


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    digits = str(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None
