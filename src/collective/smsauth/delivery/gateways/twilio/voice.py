"""What a call by Twilio says: the text twice, in a voice of its language, slowly enough to write the digits down."""

from twilio.twiml.voice_response import VoiceResponse

import re

#: Seconds that a phone may ring.
RING = 45
#: Seconds of silence before the text is said, so that nobody misses the first words, and before it is repeated.
BREATH, PAUSE = 1, 2

_FALLBACK = "en-GB"
#: The languages that every account of Twilio speaks, after https://www.twilio.com/docs/voice/twiml/say.
_SPOKEN = (
    *(
        "da-DK",
        "de-DE",
        "en-GB",
        "en-AU",
        "en-CA",
        "en-IN",
        "en-US",
        "ca-ES",
        "es-ES",
        "es-MX",
        "fi-FI",
        "fr-FR",
        "fr-CA",
    ),
    *(
        "it-IT",
        "ja-JP",
        "ko-KR",
        "nb-NO",
        "nl-NL",
        "pl-PL",
        "pt-PT",
        "pt-BR",
        "ru-RU",
        "sv-SE",
        "zh-CN",
        "zh-HK",
        "zh-TW",
    ),
)
_OF_LANGUAGE = {tag.partition("-")[0]: tag for tag in reversed(_SPOKEN)} | {"no": "nb-NO", "nn": "nb-NO"}
_OF_TAG = {tag.lower(): tag for tag in _SPOKEN}


def twiml(body: str, language: str) -> str:
    """Return the instructions for a call that says ``body`` twice; digits that are spaced in it are said one by one."""
    slow = re.sub(r"(?<=\d) (?=\d)", ", ", body)
    spoken = spoken_language(language)
    response = VoiceResponse()
    response.pause(length=BREATH)
    response.say(slow, language=spoken)
    response.pause(length=PAUSE)
    response.say(slow, language=spoken)
    return str(response)


def spoken_language(language: str) -> str:
    """Return the tag by which Twilio knows a language (ISO 639-1, with a region or not); one it does not speak is read as English."""
    tag = language.replace("_", "-").lower()
    return _OF_TAG.get(tag) or _OF_LANGUAGE.get(tag.partition("-")[0]) or _FALLBACK
