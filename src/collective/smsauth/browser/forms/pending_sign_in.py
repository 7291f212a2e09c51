"""What the pages of a pending sign-in have in common: whose it is, and by which of their ways a code is sent."""

from collective.smsauth import _
from collective.smsauth.browser.forms.came_from import NAME
from collective.smsauth.browser.forms.came_from import with_goal
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.contact_points import numbers_of
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows import sign_in
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import Subject
from collective.smsauth.flows.subject import with_pending
from collective.smsauth.verification.results import Receipt

#: The buttons of all ways have this name; the value tells which one.
ANOTHER = "form.buttons.another"
#: The page by which a sign-in is left: it ends with that.
LEAVE = "@@smsauth-leave"


class PendingSignInForm(StepForm):
    """Base of the pages. They say what came of asking for another code (``acknowledge``).

    They have a button ``another``, which the template shows once for each way.

    A browser names a way by a keyed digest: it neither learns an address nor can it name one that is not the member's.
    """

    subject: Subject | None = None
    _routes: tuple[Route, ...] | None = None

    @property
    def token_owner(self) -> str:
        """The member whose sign-in is pending."""
        return self.subject.name if self.subject else ""

    @property
    def challenge(self) -> Challenge | None:
        """The last code of this sign-in, even when it can no longer be answered."""
        return self.subject.code if self.subject else None

    @property
    def goal(self) -> str:
        """Where the sign-in is to lead, '' if nothing is known of that: also once it is over, so that the next one leads there."""
        asked = sign_in.inside(self.request.form.get(NAME))
        if asked:
            return asked
        pending = self.subject.pending if self.subject else pending_sign_in.carried(self.request)
        is_own = pending is not None and effective_user_id() in ("", pending.user_id)
        return sign_in.inside(pending.came_from) if is_own else ""

    @property
    def route(self) -> Route | None:
        """The way that the last code took, else the usual one; None if none leads to the member."""
        routes = self.routes()
        last = self.challenge.route if self.challenge else None
        return last if last in routes else next(iter(routes), None)

    def routes(self) -> tuple[Route, ...]:
        """Return all ways that lead to the member."""
        if self._routes is None:
            self._routes = self.parts.verifier.routes(self.subject.user_id) if self.subject else ()
        return self._routes

    @property
    def numbers(self) -> tuple[str, ...]:
        """All phone numbers of the member, so that each can be told from the others by its last digits."""
        return numbers_of(self.subject.account) if self.subject else ()

    def ways(self) -> list:
        """Return the other ways: what the button says, and what it sends."""
        others = [route for route in self.routes() if route != self.route] if self.has_form else []
        return [
            {
                "value": sign_in.names_of_route(self.subject.user_id, route)[0],
                "words": channel_messages.way(route, self.numbers),
            }
            for route in others
        ]

    def render(self) -> str:
        """Leave the button of the other ways to the template."""
        self.actions.pop("another", None)
        return super().render()

    def send_again(self, action) -> None:
        """Send a new code the same way."""
        if self.subject is not None:
            self.acknowledge(action, self._resend(None))

    def send_another(self, action) -> None:
        """Send a new code the way that was chosen."""
        chosen = self.request.form.get(ANOTHER)
        route = sign_in.route_named(self.subject.user_id, self.routes(), chosen) if self.subject else None
        if route is None:
            gone = _("error_way", default="Codes can no longer be sent this way. Please choose another one.")
            self.refuse(action, gone)
        else:
            self.acknowledge(action, self._resend(route))

    def way_out(self) -> list:
        """Return why there is no sign-in to complete."""
        if effective_user_id():
            return [_("lead_verify_other", default="You are logged in with another account. Log out first.")]
        none = _(
            "lead_verify_none",
            default="There is no login to complete: it took longer than 15 minutes, or was completed already. Please "
            "start again with your password.",
        )
        return [none, messages.COOKIES]

    def links(self) -> list:
        """Return the ways on for those who cannot enter a code."""
        if effective_user_id():
            return [(self.url("logout"), _("link_sign_out", default="Log out"))]
        lost = (self.url("@@smsauth-reset-request"), _("title_reset_request", default="Lost your phone?"))
        if any(held.by_ticket for held in self.parts.gate.withheld):
            # with that session in the browser, the login form leads back here
            log_out = (self.url("logout"), _("link_sign_out", default="Log out"))
            return [lost, log_out, (self.url(), _("link_cancel", default="Cancel"))]
        return [lost, way_back_to_login(self, self.goal)]

    def link_to_sign_in(self) -> tuple:
        """Return the way to the login and on to where this one was to lead."""
        return with_goal(self.url("login"), self.goal), _("link_sign_in", default="Log in")

    def _resend(self, route: Route | None) -> Receipt:
        pending, address = self.subject.pending, client_address(self.request)
        told, receipt = sign_in.send_again(self.request, pending, client_address=address, route=route)
        if told != pending:
            self.subject = with_pending(self.request, pending_sign_in.remember(self.request, told))
        return receipt


def way_back_to_login(form: StepForm, goal: str = "") -> tuple:
    """Return the way out of the sign-in that a form belongs to, and on to where it was to lead, for ``links``."""
    return with_goal(form.url(f"{LEAVE}/login"), goal), _("link_back_to_login", default="Back to the login form")
