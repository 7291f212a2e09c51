"""Tells the page of a code, without a reload, what became of that code."""

from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import drop_what_breaks_plone
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows import delivery_messages
from collective.smsauth.flows import phone_reset
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import member_to_set_up
from collective.smsauth.flows.subject import pending_member
from collective.smsauth.interfaces import ISecondStepView
from Products.Five.browser import BrowserView
from zope.i18n import translate
from zope.interface import implementer

import json


@implementer(ISecondStepView)
class DeliveryStatusView(HasParts, BrowserView):
    """``@@smsauth-status``: for the browser whose sign-in is pending, the member in effect, or who has a reset link: about their own code.

    A JSON object with the words to show, whether that is the end of it and whether it is a bad one, or 204 if there is no code that could
    still be answered. It reads and writes nothing, and has no digit of number or code in it.
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
        if challenge is None or not challenge.is_open(now=self.parts.now, max_tries=self.parts.policy.max_tries):
            response.setStatus(204)
            return ""
        response.setHeader("Content-Type", "application/json")
        words = translate(delivery_messages.of_challenge(challenge), context=self.request)
        status = DeliveryStatus(challenge.delivery)
        return json.dumps({"words": words, "done": status.settled, "failed": status.failed})

    def _challenge(self) -> Challenge | None:
        purpose = self.request.form.get(delivery_messages.PURPOSE)
        if purpose == Purpose.SET_UP.value:
            subject = member_to_set_up(self.request)
            return subject.set_up if subject is not None else None
        if purpose == Purpose.SIGN_IN.value:
            subject = pending_member(self.request)
            return subject.code if subject is not None else None
        if purpose == Purpose.CONTACT.value:
            subject = member_in_effect(self.request)
            return subject.account.challenges.get(Purpose.CONTACT) if subject is not None else None
        if purpose == Purpose.RESET.value:
            link = phone_reset.read(self.request.form.get(phone_reset.SIGNATURE))
            return link.challenge if link is not None and not link.is_foreign else None
        return None
