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
_LONGEST_INPUT = 40


def parse(text: object, region: str) -> str | PhoneProblem:
    """Return the E.164 form of a number typed in international form, or in the national form of ``region``.

    ``region`` is an ISO 3166-1 alpha-2 code in capitals ('NL'), or '' to accept international numbers only.
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
    if phonenumbers.number_type(number) not in _RECEIVES_TEXTS:
        return PhoneProblem.NO_TEXTS
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


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
