"""Tells the page of a code, without a reload, what became of that code."""

from collective.smsauth import wiring
from collective.smsauth.browser import deliveries
from collective.smsauth.browser import resetlink
from collective.smsauth.browser.plaininput import drop_what_breaks_plone
from collective.smsauth.browser.subject import member_in_effect
from collective.smsauth.browser.subject import member_to_set_up
from collective.smsauth.browser.subject import pending_member
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import ISecondStepView
from Products.Five.browser import BrowserView
from urllib.parse import urlencode
from zope.i18n import translate
from zope.interface import implementer

import json

#: The parameter that names the purpose.
PURPOSE = "for"


def address(root: str, challenge: Challenge, **more: str) -> str:
    """Return where the page of ``challenge`` asks; ``root`` is the address of the navigation root, ``more`` what else the page knows."""
    return f"{root}/@@smsauth-status?{urlencode({PURPOSE: challenge.purpose.value, **more})}"


@implementer(ISecondStepView)
class DeliveryStatusView(BrowserView):
    """``@@smsauth-status``: for the browser whose sign-in is pending, the member in effect, or who has a reset link: about his own code.

    A JSON object with the words to show and whether that is the end of it, or 204 if there is no code that could still be
    answered. It reads and writes nothing, and has no digit of number or code in it.
    """

    def __call__(self) -> str:
        """Return what became of the code."""
        drop_what_breaks_plone(self.request)
        response = self.request.response
        response.setHeader("Cache-Control", "no-store, private")
        response.setHeader("X-Content-Type-Options", "nosniff")
        if self.request.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            response.setHeader("Allow", "GET, HEAD")
            response.setStatus(405)
            return ""
        challenge = self._challenge()
        if challenge is None or not challenge.is_open(now=wiring.now(), max_tries=wiring.policy().max_tries):
            response.setStatus(204)
            return ""
        response.setHeader("Content-Type", "application/json")
        words = translate(deliveries.of_challenge(challenge), context=self.request)
        return json.dumps({"words": words, "done": DeliveryStatus(challenge.delivery).settled})

    def _challenge(self) -> Challenge | None:
        purpose = self.request.form.get(PURPOSE)
        if purpose == Purpose.SET_UP.value:
            subject = member_to_set_up(self.request)
            return subject.set_up if subject is not None else None
        if purpose == Purpose.SIGN_IN.value:
            subject = pending_member(self.request)
            return subject.account.challenges.get(Purpose.SIGN_IN) if subject is not None else None
        if purpose == Purpose.CONTACT.value:
            subject = member_in_effect()
            return subject.account.challenges.get(Purpose.CONTACT) if subject is not None else None
        if purpose == Purpose.RESET.value:
            link = resetlink.read(self.request.form.get(resetlink.SIGNATURE))
            return link.challenge if link is not None and not link.is_foreign else None
        return None
