"""What the services about phone numbers have in common: numbers in a body, and what is told of a code on its way and of a proof."""

from collective.smsauth import wiring
from collective.smsauth.domain import phone
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.phone import PhoneProblem
from collective.smsauth.flows import sign_in
from collective.smsauth.flows.address_proof import AddressProof
from collective.smsauth.flows.contact_points import ContactPoints
from collective.smsauth.services import refusals
from collective.smsauth.services import tokens
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.verification.results import Verdict
from typing import Any


def number_in(text: str, parts: wiring.Parts) -> str | PhoneProblem:
    """Return a number as it is kept (E.164), or why it is of no use. Without a country code it is one of the site's country."""
    policy = parts.policy
    return phone.parse(text, policy.default_region, calls=Channel.VOICE in policy.channels)


def on_its_way(proof: AddressProof) -> dict[str, Any]:
    """Return what is told of a code that was sent just now: to its owner, or to whoever may manage them."""
    challenge, parts = proof.challenge, proof.parts
    if challenge is None:
        return {}
    wait = parts.verifier.seconds_until_resend(proof.user_id, proof.purpose)
    return {
        "to": challenge.to,
        "digits": parts.policy.code_length,
        "expires_in": max(0, int(challenge.expires - parts.now)),
        "resend_in": wait,
    }


def refusal_of(verdict: Verdict, parts: wiring.Parts) -> Refusal | None:
    """Return the refusal of an answer, None if it was right."""
    return None if verdict.accepted else refusals.of_verdict(verdict, length=parts.policy.code_length)


def proved(points: ContactPoints, verdict: Verdict) -> dict[str, Any]:
    """Let the session of the member in effect go on after a proof of their own, and return the token by which it does."""
    request = points.parts.request
    if verdict.proof:
        sign_in.go_on_with(request, points.user_id, verdict.proof, verdict.session)
    token = tokens.new(request)
    return {} if token is None else {"token": token}


#: What an answer is judged as where there is nothing to prove.
NONE_OPEN = Verdict(outcome=Outcome.NONE_OPEN)
