"""What the pages say about an outcome or a refusal: what happened, and what to do next."""

from collective.smsauth import _
from collective.smsauth.domain import prepared_code
from collective.smsauth.domain import recovery_codes
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.domain.session import Means
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from zope.i18nmessageid import Message

BUSY = _(
    "outcome_busy",
    default="Very many answers came at the same moment, and this one was not checked. Please try again.",
)

STALE_FORM = _("error_stale_form", default="This page was open for too long. Please try again.")
FOREIGN_FORM = _(
    "error_foreign_form",
    default="This was sent by a page of another site. Nothing was done. If it is what you want, fill in the form here and send it.",
)
TOO_MANY_ACTS = _(
    "error_too_many_acts", default="This was done very often in a short time. Please try again in ${minutes} minutes."
)
OTHER_BROWSER = _(
    "error_other_browser",
    default="Nothing was done: your browser did not send the cookie that belongs to this form. What you typed is still there. Please try "
    "again. If you read this once more, allow cookies for this site, and do not change to another browser in between.",
)
NOT_SENT = _("lead_not_sent", default="No code was sent.")

_OUTCOMES = {
    Outcome.EARLIER: _(
        "outcome_earlier",
        default="This is the code of an earlier message: it no longer works. The newest message has the letters "
        "${reference} behind its code.",
    ),
    Outcome.WRONG: _("outcome_wrong", default="This code is not right. Tries left for this code: ${tries}."),
    Outcome.MALFORMED: _("outcome_malformed", default="A code has ${length} digits. Please check what you typed."),
    Outcome.EXPIRED: _("outcome_expired", default="This code is no longer valid. Please have a new code sent."),
    Outcome.NONE_OPEN: _("outcome_none_open", default="There is no open code. Please have a new code sent."),
    Outcome.TOO_MANY_TRIES: _(
        "outcome_too_many_tries", default="This code was tried too often. Please have a new code sent."
    ),
    Outcome.PAUSED: _(
        "outcome_paused",
        default="Too many wrong codes: this one was not checked. You can try again in ${seconds} seconds.",
    ),
    Outcome.LOCKED: _(
        "outcome_locked",
        default="Too many wrong codes in a row. Your phone number has to be set up again: use “Lost your phone?” "
        "or ask the administrators of the site.",
    ),
    Outcome.BUSY: BUSY,
}
_EARLIER_THAN_CALL = _(
    "outcome_earlier_call",
    default="This is the code of an earlier message: it no longer works. Enter the one of the last call.",
)

_REFUSALS = {
    SendRefusal.TOO_SOON: _(
        "refusal_too_soon", default="A code was sent a moment ago. You can have another one in ${seconds} seconds."
    ),
    SendRefusal.MEMBER_LIMIT: _(
        "refusal_member_limit", default="Too many codes were sent. You can have another one in ${minutes} minutes."
    ),
    SendRefusal.NUMBER_LIMIT: _(
        "refusal_number_limit",
        default="Too many codes were sent to this phone number. You can have another one in ${minutes} minutes.",
    ),
    SendRefusal.ADDRESS_LIMIT: _(
        "refusal_address_limit",
        default="Too many codes were asked for from your network. You can have another one in ${minutes} minutes.",
    ),
    SendRefusal.SITE_LIMIT: _(
        "refusal_site_limit",
        default="This site has sent very many codes. You can have one by text message or call in ${minutes} minutes. "
        "If you need to log in now, choose another way or ask the administrators of the site.",
    ),
    SendRefusal.COUNTRY: _(
        "refusal_country",
        default="This site does not send codes to phone numbers of this country. Use a number of another country, choose another "
        "way, or ask the administrators of the site.",
    ),
    SendRefusal.BUDGET: _(
        "refusal_budget",
        default="This site sends no more text messages and makes no more calls this month. Choose another way, "
        "or ask the administrators of the site.",
    ),
    SendRefusal.PUMPING: _(
        "refusal_pumping",
        default="No codes are sent to this phone number at the moment: very many were asked for from numbers "
        "like it. Choose another way, or ask the administrators of the site.",
    ),
    SendRefusal.PAUSED: _(
        "refusal_paused", default="Too many wrong codes. You can have a new code in ${seconds} seconds."
    ),
    SendRefusal.LOCKED: _OUTCOMES[Outcome.LOCKED],
    SendRefusal.NO_CHANNEL: _(
        "refusal_no_channel",
        default="This site cannot send a code there at the moment. Ask the administrators of the site.",
    ),
    SendRefusal.NOT_YOURS: _(
        "refusal_not_yours",
        default="No code was sent: this is in your list already, the list is full, or it is not the e-mail "
        "address of your profile.",
    ),
    SendRefusal.NONE_OPEN: _OUTCOMES[Outcome.NONE_OPEN],
    SendRefusal.NO_NUMBER: _(
        "refusal_no_number", default="There is no phone number to send a code to. Please start again."
    ),
    SendRefusal.GENERATION_DISABLED: _(
        "refusal_generation_disabled",
        default="This site sends no codes at the moment. Enter one of your recovery codes, or ask the "
        "administrators of the site to prepare a code for you.",
    ),
}

_NOT_SENT_SINCE = _("refusal_not_sent", default="No code was sent. ${why}")
#: Their words leave no doubt that nothing was sent just now.
_SAY_IT_THEMSELVES = frozenset(
    {SendRefusal.TOO_SOON, SendRefusal.NOT_YOURS, SendRefusal.NONE_OPEN, SendRefusal.NO_NUMBER, SendRefusal.LOCKED}
)

_PHONE_PROBLEMS = {
    PhoneProblem.EMPTY: _("phone_empty", default="Enter your mobile phone number."),
    PhoneProblem.MALFORMED: _(
        "phone_malformed",
        default="This is not a phone number. Write it with + and the country code, such as +31 6 12345678.",
    ),
    PhoneProblem.IMPOSSIBLE: _(
        "phone_impossible", default="There is no such phone number. Check the digits and the country code."
    ),
    PhoneProblem.NO_TEXTS: _(
        "phone_no_texts", default="This number cannot receive text messages. Enter the number of a mobile phone."
    ),
}

NOT_ARRIVED = _("lead_not_arrived", default="To go on, you need a code. The last one did not reach you.")
SENT_AGAIN = _("message_sent_again", default="A new code is on its way. The former one no longer works.")
NO_ACCOUNT = _(
    "message_no_account",
    default="This account cannot be found at the moment. Try again later, or ask the administrators of the site.",
)
RIGHT = _(
    "outcome_right",
    default="Your answer was right, but what follows from it could not be done. Please send the same once more, within two minutes.",
)
WRONG_PASSWORD = _("error_password", default="This is not your password.")
PASSWORD_PAUSED = _("error_password_paused", default="Too many wrong answers. You can try again in ${seconds} seconds.")

PASSWORD_LOCKED = _(
    "error_password_locked",
    default="Too many wrong answers in a row. Log out and use “Lost your phone?”, or ask the administrators of the "
    "site.",
)

COOKIES = _(
    "note_cookies",
    default="If this happens again and again, your browser may block cookies. Allow those of this site: without them it cannot know "
    "you from one page to the next.",
)
NO_GENERATION = _("lead_no_generation", default="This site sends no codes at the moment.")
RECOVERY_USED = _("recovery_used", default="You logged in with a recovery code. Recovery codes left: ${left}.")
RECOVERY_FEW = _(
    "recovery_few",
    default="You logged in with a recovery code. Recovery codes left: ${left}. Make new ones: choose two-step "
    "verification in your menu.",
)
RECOVERY_WRONG = _("recovery_wrong", default="This recovery code is not right, or it was used before.")
PREPARED_GONE = _(
    "prepared_gone",
    default="There is no prepared code for you: it was used, replaced or withdrawn, or it is too old. Ask "
    "the administrators of the site for another one.",
)
PREPARED_USED_UP = _(
    "prepared_used_up",
    default="The prepared code was tried too often. Ask the administrators of the site for another one.",
)
LETTERS_MALFORMED = _(
    "letters_malformed",
    default="A recovery code has ${recovery} letters and digits, a prepared code ${prepared}. Please check what you typed.",
)
_PREPARED = {Outcome.NONE_OPEN: PREPARED_GONE, Outcome.TOO_MANY_TRIES: PREPARED_USED_UP}


#: What is said instead where the number is one: some languages, English among them, have another word for it.
_ONE = {
    "outcome_paused": _(
        "outcome_paused_one",
        default="Too many wrong codes: this one was not checked. You can try again in one second.",
    ),
    "refusal_too_soon": _(
        "refusal_too_soon_one", default="A code was sent a moment ago. You can have another one in one second."
    ),
    "refusal_member_limit": _(
        "refusal_member_limit_one", default="Too many codes were sent. You can have another one in one minute."
    ),
    "refusal_number_limit": _(
        "refusal_number_limit_one",
        default="Too many codes were sent to this phone number. You can have another one in one minute.",
    ),
    "refusal_address_limit": _(
        "refusal_address_limit_one",
        default="Too many codes were asked for from your network. You can have another one in one minute.",
    ),
    "refusal_site_limit": _(
        "refusal_site_limit_one",
        default="This site has sent very many codes. You can have one by text message or call in one minute. "
        "If you need to log in now, choose another way or ask the administrators of the site.",
    ),
    "refusal_paused": _("refusal_paused_one", default="Too many wrong codes. You can have a new code in one second."),
    "error_too_many_acts": _(
        "error_too_many_acts_one",
        default="This was done very often in a short time. Please try again in one minute.",
    ),
    "error_password_paused": _(
        "error_password_paused_one", default="Too many wrong answers. You can try again in one second."
    ),
}


def fill(message, **values):
    """Return a message id with its placeholders filled."""
    mapping = {name: str(value) for name, value in values.items()}
    return Message(message, mapping=mapping)


def counted(one, many, number: int, **values):
    """Return ``one`` where the number is one, else ``many``, with the placeholders filled."""
    return fill(one if number == 1 else many, **values)


def timed(message, *, seconds: int):
    """Return a message that tells a time, in seconds or whole minutes, with the words that fit the number."""
    minutes = -(-seconds // 60)
    told = minutes if "${minutes}" in message.default else seconds
    return counted(_ONE.get(message, message), message, told, seconds=seconds, minutes=minutes)


def of_outcome(outcome: Outcome, *, tries: int, wait: int, length: int):
    """Return the words for an answer that was not accepted. ``wait`` is seconds, ``length`` the digits of a code."""
    found = _OUTCOMES[outcome]
    return timed(found, seconds=wait) if found in _ONE else fill(found, tries=tries, length=length)


def of_earlier(newest: Challenge):
    """Return the words for the code of an earlier message. ``newest`` is what was sent last."""
    if newest.route.channel is Channel.VOICE:
        return _EARLIER_THAN_CALL
    return fill(_OUTCOMES[Outcome.EARLIER], reference=newest.reference)


def of_verdict(verdict: Verdict, *, length: int, newest: Challenge | None = None, letters: bool = False):
    """Return the words for an answer that was not accepted.

    ``length`` is the digits of a code, ``newest`` the code that was sent last; ``letters`` tells that one with letters was asked for.
    """
    outcome = verdict.outcome
    is_last = outcome is Outcome.WRONG and not verdict.tries_left
    if verdict.means is Means.RECOVERY_CODE:
        return RECOVERY_WRONG
    used_up = Outcome.TOO_MANY_TRIES if is_last else outcome
    if verdict.means is Means.PREPARED_CODE and used_up in _PREPARED:
        return _PREPARED[used_up]
    if outcome is Outcome.MALFORMED and letters:
        return fill(LETTERS_MALFORMED, recovery=recovery_codes.LENGTH, prepared=prepared_code.LENGTH)
    if outcome is Outcome.EARLIER and newest is not None:
        return of_earlier(newest)
    if is_last:
        return of_outcome(Outcome.TOO_MANY_TRIES, tries=0, wait=0, length=length)
    return of_outcome(outcome, tries=verdict.tries_left, wait=verdict.wait, length=length)


def of_refusal(refusal: SendRefusal, *, wait: int):
    """Return the words for a text that was not sent. ``wait`` is seconds."""
    why = timed(_REFUSALS[refusal], seconds=wait)
    return why if refusal in _SAY_IT_THEMSELVES else Message(_NOT_SENT_SINCE, mapping={"why": why})


def of_phone(problem: PhoneProblem):
    """Return the words for a number of no use."""
    return _PHONE_PROBLEMS[problem]
