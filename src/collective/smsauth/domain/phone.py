"""Phone numbers: parsed to E.164, refused when they cannot receive a text, masked for everybody but their owner."""

from enum import Enum
from phonenumbers import NumberParseException
from phonenumbers import PhoneNumberFormat
from phonenumbers import PhoneNumberType

import phonenumbers


class PhoneProblem(str, Enum):
    """Why a typed number is of no use."""

    EMPTY = "empty"
    MALFORMED = "malformed"
    IMPOSSIBLE = "impossible"
    NO_TEXTS = "no-texts"


_RECEIVES_TEXTS = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PERSONAL_NUMBER}
)
#: What can be called, besides: a landline. Premium, shared-cost and all other kinds are never texted nor called.
_RECEIVES_CALLS = _RECEIVES_TEXTS | {PhoneNumberType.FIXED_LINE}
_LONGEST_INPUT = 40


def parse(text: object, region: str, *, calls: bool = False) -> str | PhoneProblem:
    """Return the E.164 form of a number typed in international form, or in the national form of ``region``.

    ``region`` is an ISO 3166-1 alpha-2 code in capitals ('NL'), or '' to accept international numbers only. With ``calls`` a
    landline will do, too: the site reads codes out by phone.
    """
    if not isinstance(text, str) or not text.strip():
        return PhoneProblem.EMPTY
    if len(text) > _LONGEST_INPUT or not any(character.isdigit() for character in text):
        return PhoneProblem.MALFORMED
    try:
        number = phonenumbers.parse(text, region or None)
    except NumberParseException:
        return PhoneProblem.MALFORMED
    if number.extension or not phonenumbers.is_valid_number(number):
        return PhoneProblem.IMPOSSIBLE
    if phonenumbers.number_type(number) not in (_RECEIVES_CALLS if calls else _RECEIVES_TEXTS):
        return PhoneProblem.NO_TEXTS
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def receives_texts(number: str) -> bool:
    """Tell whether texts can reach an E.164 number; a landline can be called only."""
    return phonenumbers.number_type(phonenumbers.parse(number, None)) in _RECEIVES_TEXTS


def region_of(number: str) -> str:
    """Return the region of an E.164 number as ISO 3166-1 alpha-2, '' where it belongs to none."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    return region if region in phonenumbers.SUPPORTED_REGIONS else ""


def readable(number: str) -> str:
    """Return an E.164 number spaced as people of its country write it ('+31 6 12345678'); '' stays ''."""
    if not number:
        return ""
    parsed = phonenumbers.parse(number, None)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def last_digits(number: str) -> str:
    """Return the two digits by which owners recognise their number."""
    return number[-2:]


def mask(number: str) -> str:
    """Return a number with only its last two digits legible ('•••••••• 78'), whatever its length; '' stays ''."""
    return f"•••••••• {last_digits(number)}" if number else ""


def is_region(code: str) -> bool:
    """Tell whether ``code`` is a region that phone numbers are known for."""
    return code in phonenumbers.SUPPORTED_REGIONS
