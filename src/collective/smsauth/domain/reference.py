"""Two letters by which a person tells one message with a code from another: the message ends its code with them, and the page shows them.

They are made of the id of the challenge, which is random and no secret, so nothing has to be kept of them, and they tell nothing of the
code.
"""

from hashlib import sha256

#: No vowels and no Y, so that no word comes out; and none that is easily taken for a digit or for another of the letters.
LETTERS = "CDFHJKMPRTVWX"


def of_id(challenge_id: str) -> str:
    """Return the letters of a challenge: two different ones."""
    number = int.from_bytes(sha256(b"reference:" + challenge_id.encode()).digest()[:8], "big")
    first, second = divmod(number % (len(LETTERS) * (len(LETTERS) - 1)), len(LETTERS) - 1)
    others = LETTERS.replace(LETTERS[first], "")
    return LETTERS[first] + others[second]
