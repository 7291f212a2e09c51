"""Phone numbers: parsed to E.164, refused when they cannot receive a text, masked for everybody but their owner."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from phonenumbers import NumberParseException
from phonenumbers import PhoneNumber
from phonenumbers import PhoneNumberFormat
from phonenumbers import PhoneNumberType

import phonenumbers
import re
import unicodedata


class PhoneProblem(str, Enum):
    """Why a typed number is of no use."""

    EMPTY = "empty"
    MALFORMED = "malformed"
    IMPOSSIBLE = "impossible"
    NO_TEXTS = "no-texts"


_RECEIVES_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
#: What can be called, besides: a landline. Premium, shared-cost, personal and all other kinds are never texted nor called: a call or
#: text to a personal number (British 070) is forwarded, at a price that whoever owns it sets.
_RECEIVES_CALLS = _RECEIVES_TEXTS | {PhoneNumberType.FIXED_LINE}
#: The numbers by which one tries out a gateway: their range is for personal numbers, but they reach nobody.
_FOR_TESTS = re.compile(r"500555000\d")
_LONGEST_INPUT = 40
#: How people write numbers that the numbering plan writes otherwise: by calling code, a pattern of all digits after it, and what stands
#: for them. Each is tried only where what was typed is no number that can be used.
_HABITS = {
    # Mobile phones have a 9 in front of the area code from abroad, and a 15 behind it at home.
    54: ((r"9?(\d{2,4})15(\d{6,8})", r"9\1\2"), (r"(\d{10})", r"9\1")),
    # The 1 for mobile phones, 01, 044 and 045 were given up in 2019.
    52: ((r"(?:0?1|0?4[45])(\d{10})", r"\1"),),
    # Mobile phones have had a ninth digit since 2016: libraries and messengers still leave it out.
    55: ((r"0?(\d\d)([6-9]\d{7})", r"\g<1>9\2"),),
    # The 9 of mobile phones was written 09 at home, and not at all between them.
    56: ((r"([4-9]\d{7})", r"9\1"),),
}
#: A zero that is dialled at home only, also where the country has none, or had one: +39 0347, +34 (0)6.
_ZERO = (r"0([1-9]\d+)", r"\1")
#: Digits by which an owner recognises a number, where none of their others ends alike.
_LEGIBLE = 2


def parse(text: object, region: str, *, calls: bool = False) -> str | PhoneProblem:
    """Return the E.164 form of a number typed in international form, or in the national form of ``region``.

    ``region`` is an ISO 3166-1 alpha-2 code in capitals ('NL'), or '' to accept international numbers only. With ``calls`` a
    landline will do, too: the site reads codes out by phone. What is no such number may be one in another spelling that people of its
    country use.
    """
    if not isinstance(text, str) or not text.strip():
        return PhoneProblem.EMPTY
    typed = _shown(text) if len(text) <= 2 * _LONGEST_INPUT else ""
    if not 0 < len(typed) <= _LONGEST_INPUT or not any(character.isdigit() for character in typed):
        return PhoneProblem.MALFORMED
    kinds, problem = _RECEIVES_CALLS if calls else _RECEIVES_TEXTS, PhoneProblem.MALFORMED
    for number in _readings(typed, region):
        found = _problem(number, kinds)
        if found is None:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
        problem = found if problem is PhoneProblem.MALFORMED else problem
    return problem


def _shown(text: str) -> str:
    # Contacts of some phones are copied with marks for the direction of writing around them.
    return "".join(character for character in text if unicodedata.category(character) != "Cf").strip()


def _readings(typed: str, region: str) -> Iterator[PhoneNumber]:
    # What was typed as it is, then as people may have meant it.
    spellings = [typed, typed.replace("(0)", "")]
    if typed.startswith("00"):
        spellings.append(f"+{typed[2:]}")
    for spelling in dict.fromkeys(spellings):
        with suppress(NumberParseException):
            number = phonenumbers.parse(spelling, region or None)
            yield number
            yield from _habitual(number)


def _habitual(number: PhoneNumber) -> Iterator[PhoneNumber]:
    digits = phonenumbers.national_significant_number(number)
    # a zero may also be what tells a landline from a mobile phone, as in Italy
    zero = () if phonenumbers.is_valid_number(number) else (_ZERO,)
    for pattern, plan in (*_HABITS.get(number.country_code or 0, ()), *zero):
        match = re.fullmatch(pattern, digits)
        if match and not number.extension:
            with suppress(NumberParseException):
                yield phonenumbers.parse(f"+{number.country_code}{match.expand(plan)}", None)


def _problem(number: PhoneNumber, kinds: Collection[int]) -> PhoneProblem | None:
    if number.extension or not phonenumbers.is_valid_number(number):
        return PhoneProblem.IMPOSSIBLE
    return None if _is_of(number, kinds) else PhoneProblem.NO_TEXTS


def _is_of(number: PhoneNumber, kinds: Collection[int]) -> bool:
    is_for_tests = number.country_code == 1 and _FOR_TESTS.fullmatch(str(number.national_number))
    return bool(is_for_tests) or phonenumbers.number_type(number) in kinds


def receives_texts(number: str) -> bool:
    """Tell whether texts can reach an E.164 number; a landline can be called only."""
    return _is_of(phonenumbers.parse(number, None), _RECEIVES_TEXTS)


def receives_calls(number: str) -> bool:
    """Tell whether an E.164 number is one that may be called."""
    return _is_of(phonenumbers.parse(number, None), _RECEIVES_CALLS)


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


def last_digits(number: str, others: Iterable[str] = ()) -> str:
    """Return the digits by which owners recognise their number: two, or as many as tell it from their ``others``."""
    ends = (number[-length:] for length in range(_LEGIBLE, len(number)))
    different = [other for other in others if other != number]
    return next((end for end in ends if not any(other.endswith(end) for other in different)), number)


def mask(number: str, others: Iterable[str] = ()) -> str:
    """Return a number with only its last digits legible ('•••••••• 78'), whatever its length; '' stays ''.

    They are two, or as many as tell it from its owner's ``others``.
    """
    return f"•••••••• {last_digits(number, others)}" if number else ""


def regions() -> frozenset[str]:
    """Return all regions that phone numbers are known for."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def calling_code(region: str) -> int:
    """Return the calling code of a region, such as 31 for NL; 0 for what is none."""
    return phonenumbers.country_code_for_region(region)


def is_region(code: str) -> bool:
    """Tell whether ``code`` is a region that phone numbers are known for."""
    return code in phonenumbers.SUPPORTED_REGIONS
