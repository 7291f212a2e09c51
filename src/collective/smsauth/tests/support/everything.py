"""An account with something in every field, and always the same: what is kept of it must be readable for ever."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.prepared_code import PreparedCode
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.domain.unproved_number import UnprovedNumber

NOON = 1_800_000_000.0
NUMBER = "+31612345678"


def digest(character: str) -> str:
    """Return what looks like a digest."""
    return character * 64


def everything() -> Account:
    """Return the account."""
    session = Session(issued=NOON + 0.25, expires=NOON + 3600.25, fingerprint=digest("f"))
    sign_in = Challenge(
        id="1f",
        purpose=Purpose.SIGN_IN,
        to=NUMBER,
        digest=digest("a"),
        issued=NOON,
        expires=NOON + 300,
        tries=2,
        resends=1,
        binding="",
        channel=Channel.VOICE.value,
        delivery=DeliveryStatus.DELIVERED.value,
    )
    earlier = Challenge(
        id="0f",
        purpose=Purpose.SIGN_IN,
        to=NUMBER,
        digest=digest("8"),
        issued=NOON - 30,
        expires=NOON + 270,
        binding="2" * 32,
    )
    reset = Challenge(
        id="2f", purpose=Purpose.RESET, to=NUMBER, digest=digest("b"), issued=NOON, expires=NOON + 300, binding="a link"
    )
    return Account(
        number=NUMBER,
        email_alone=True,
        bound_at=NOON - 86400,
        password_kept_elsewhere=True,
        contacts={"+31687654321": NOON - 7200, "jane@example.org": NOON - 3600},
        unproved=UnprovedNumber(number="+12025550123", asked=NOON - 86400, listed=True, claimed=True),
        recovery=(digest("c"), digest("d")),
        recovery_made=NOON - 60,
        prepared=PreparedCode(
            id="3f",
            digest=digest("e"),
            issued=NOON,
            expires=NOON + 3600,
            made_by="frank",
            reason="phone broken",
            tries=1,
            spent=False,
        ),
        trusted={
            digest("1"): TrustedBrowser(
                issued=NOON, used=NOON + 1, expires=NOON + 864000, browser="Firefox 128", fingerprint=digest("f")
            )
        },
        wrong_codes_in_a_row=2,
        reminder_put_off_at=NOON - 5,
        challenges={Purpose.SIGN_IN: sign_in, Purpose.RESET: reset},
        earlier=(earlier,),
        sign_ins_begun=2,
        sign_in_begun_at=NOON - 30,
        pending_round=3,
        pending_over={"2" * 32: NOON + 900},
        sessions={
            digest("3"): session,
            digest("4"): Session(
                issued=NOON,
                expires=NOON + 3600,
                fingerprint=digest("f"),
                means=Means.TRUSTED_BROWSER.value,
                browser=digest("1"),
            ),
            digest("5"): Session(
                issued=NOON, expires=NOON + 3600, fingerprint=digest("f"), means=Means.RECOVERY_CODE.value
            ),
        },
        answered={
            "sign-in 1": RightAnswer(digest=digest("6"), expires=NOON + 120, session=digest("3"), to=NUMBER),
        },
        reset=ResetLink(digest=digest("7"), number="+31687654321", expires=NOON + 600),
        failures=3,
        failed_at=NOON - 1,
        sent_at=(NOON - 30, NOON),
        reset_sent_at=(NOON - 10,),
        email_changed_at=NOON - 40,
        ended_at=NOON - 1,
        endings=2,
        bypass=Bypass(made=NOON - 3, until=NOON + 86400, made_by="frank", reason="phone lost", by_manager=True),
        last_step_at=NOON + 0.25,
    )
