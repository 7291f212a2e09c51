"""What a text message holds: 160 characters of its own alphabet (GSM 03.38), or 70 of any other (UCS-2), in one segment.

One character that is not in that alphabet more than halves the room. Most of those are typographic: what stands in for them reads the same.
"""

import unicodedata

SEGMENT_GSM_7 = 160
SEGMENT_UCS_2 = 70
#: Of a text that takes several, each segment also says which one it is.
_SEGMENT_GSM_7_OF_MANY = 153
_SEGMENT_UCS_2_OF_MANY = 67

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Each of these takes the room of two.
_EXTENDED = frozenset("^{}\\[~]|€")
_ALPHABET = _BASIC | _EXTENDED

_ORDINARY = {
    **dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈ´`‹›", "'"),
    **dict.fromkeys("“”„‟″‶ʺˮ«»〝〞〟❝❞", '"'),
    **dict.fromkeys("‐‑‒–—―−⁃⸺⸻﹘﹣˗·•‧∙", "-"),
    "…": "...",
    "⁄": "/",
    "∕": "/",
    "÷": "/",
    "×": "x",
    "©": "(c)",
    "®": "(r)",
}
#: Letters whose stroke or shape is no accent of its own to Unicode.
_WITHOUT_MARKS = {
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ħ": "h",
    "Ħ": "H",
    "ı": "i",
    "œ": "oe",
    "Œ": "OE",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
}
#: Format characters that only say how a word may be broken or which way it runs. Joiners are letters to some scripts, and stay.
_UNSEEN = frozenset("\u00ad\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """Return a text with ordinary characters for typographic ones: quotes, dashes, dots, blanks, ligatures and what does not show.

    Letters stay as they are, with their accents; ``unaccented`` leaves those away.
    """
    return "".join(map(_plain, unicodedata.normalize("NFC", text)))


def unaccented(text: str) -> str:
    """Return a text in which letters that would halve its room have lost their accents, where they have any."""
    return "".join(character if character in _ALPHABET else _base(character) for character in text)


def size(text: str) -> int:
    """Return how much of the room a text takes: GSM-7 characters, of which some count twice, or UTF-16 units."""
    if costly(text):
        return len(text.encode("utf-16-be", "surrogatepass")) // 2
    return len(text) + sum(character in _EXTENDED for character in text)


def room(text: str) -> int:
    """Return how much one segment holds of a text with these characters: 160 or 70."""
    return SEGMENT_UCS_2 if costly(text) else SEGMENT_GSM_7


def segments(text: str) -> int:
    """Return how many segments a text takes, 1 at least."""
    if fits(text):
        return 1
    return -(-size(text) // (_SEGMENT_UCS_2_OF_MANY if costly(text) else _SEGMENT_GSM_7_OF_MANY))


def fits(text: str) -> bool:
    """Tell whether a text is one segment."""
    return size(text) <= room(text)


def costly(text: str) -> tuple[str, ...]:
    """Return the characters of a text that are not in the alphabet of text messages, each once, in their order."""
    return tuple(dict.fromkeys(character for character in text if character not in _ALPHABET))


def _plain(character: str) -> str:
    if character in _ALPHABET or character in _UNSEEN:
        return "" if character in _UNSEEN else character
    if character in _ORDINARY:
        return _ORDINARY[character]
    if character.isspace():
        return " "
    # such as ﬁ, №, ™ and the wide forms of Latin letters; an accent is no part of these
    folded = "".join(_ORDINARY.get(one, one) for one in unicodedata.normalize("NFKC", character))
    return folded if folded and _ALPHABET.issuperset(folded) else character


def _base(character: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    bare = _WITHOUT_MARKS.get(bare, bare)
    return bare if bare and _ALPHABET.issuperset(bare) else character
