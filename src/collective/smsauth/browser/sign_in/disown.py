"""Where a member says that it was not them: of a sign-in with the right password and wrong codes, or of a change they were told of."""

from collective.smsauth import _
from collective.smsauth.browser.forms.step import IButtons
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain.policy import HOUR
from collective.smsauth.domain.policy import RECENT
from collective.smsauth.domain.session import hashed
from collective.smsauth.flows import disown
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in as pending_sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.disown import About
from collective.smsauth.flows.disown import DisownLink
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.pas import passwords
from plone import api
from z3c.form import button

_LEADS = {
    About.SIGN_IN: _(
        "lead_disown",
        default="Somebody tried to log in with your password, and entered wrong codes. If that was not you, "
        "somebody else knows your password.",
    ),
    About.CHANGE: _(
        "lead_disown_change",
        default="You were told of a login or of a change at your account. If that was not you, somebody else has got in. Should codes "
        "go to a phone that is not yours now, choose “Lost your phone?” when you log in again.",
    ),
    About.EMAIL: _(
        "lead_disown_email",
        default="The e-mail address of your account was changed. If that was not you, somebody else has got in.",
    ),
}
#: What comes after the button, by whether the link went to an address that is no longer the member's.
_NEXT = {
    False: _(
        "lead_disown_next",
        default="Then you choose a new password. Until you have, the old one still works, together with a code.",
    ),
    True: _(
        "lead_disown_next_email",
        default="Then log in, and put your e-mail address and your phone numbers right. The new address gets no link to another phone "
        "until it has been there for a while, or was verified.",
    ),
}


class DisownForm(StepForm):
    """``@@smsauth-not-me``: the landing page of the link in the warning. Looking at it does nothing: programs open links in e-mails."""

    schema = IButtons
    label = _("title_disown", default="Was that not you?")
    _signed = ""
    _warning: DisownLink | None = None

    @property
    def token_owner(self) -> str:
        """The link that the form belongs to."""
        return hashed(self._signed) if self._signed else ""

    def update(self) -> None:
        """Read the link."""
        given = self.request.form.get("warning")
        self._warning = disown.read(given)
        self._signed = given if self._warning else ""
        self.has_form = self._warning is not None and not self._is_somebody_else()
        super().update()

    def kept(self) -> list:
        """Return what the form carries on."""
        return [{"name": "warning", "value": self._signed}] if self._warning else []

    def lead(self) -> list:
        """Return what the button will do, or what is wrong with the link."""
        if self._warning is None:
            return [
                _(
                    "lead_disown_dead",
                    default="This link does not work: it is older than a day, the password or the e-mail address was changed since, or "
                    "it is incomplete. If somebody else may know your password, change it.",
                )
            ]
        if self._is_somebody_else():
            return [_("lead_verify_other", default="You are logged in with another account. Log out first.")]
        return [
            _LEADS[self._warning.about],
            _(
                "lead_disown_recent",
                default="The button logs you out everywhere, and forgets all trusted browsers and prepared codes. It takes "
                "off what was added in the last ${hours} hours: further phone numbers and e-mail addresses, and recovery codes. What "
                "you have had for longer stays, and so does your only number.",
                mapping={"hours": str(RECENT // HOUR)},
            ),
            _NEXT[self._warning.is_to_former_email],
        ]

    def links(self) -> list:
        """Return the way out, or to help."""
        if self._is_somebody_else():
            return [(self.url("logout"), _("link_sign_out", default="Log out"))]
        return [(self.url("login"), _("link_back_to_login", default="Back to the login form"))]

    @button.buttonAndHandler(_("button_disown", default="That was not me"), name="disown")
    def handle_disown(self, action):
        """End all that the password has opened, and ask for another one."""
        if not self.has_form:
            return
        user_id, is_former = self._warning.user_id, self._warning.is_to_former_email
        verdict = self.parts.verifier.disown(user_id, by_former_email=is_former)
        self.judged(messages.BUSY if not verdict.accepted else messages.RIGHT)
        if not verdict.accepted:
            self.refuse(action, messages.BUSY)
            return
        self.request.response.expireCookie("__ac", path="/")
        pending_sign_in.forget(self.request)
        trusted_browsers.forget(self.request, user_id)
        passwords.end_resets(self.parts.site, user_id)
        if is_former:
            done = _(
                "message_disowned_email",
                default="All sessions were ended and all trusted browsers forgotten. Now log in, and put your e-mail address and your "
                "password right. If you cannot log in, ask the administrators of the site.",
            )
            self.go("login", done, "warning")
            return
        reset = self._reset(user_id)
        if reset is None:
            done = _(
                "message_disowned_elsewhere",
                default="All sessions were ended. Now change your password where it is kept: this site does not know it.",
            )
            self.go("login", done, "warning")
            return
        done = _(
            "message_disowned",
            default="All sessions were ended and all trusted browsers forgotten. Now choose a new password.",
        )
        self.go(f"passwordreset/{reset['randomstring']}", done)

    def _reset(self, user_id: str):
        # Plone's own way to a new password: who opened this page reads the e-mail that a reset would have gone to.
        if not passwords.is_kept(self.parts.site.acl_users, user_id):
            return None
        return api.portal.get_tool("portal_password_reset").requestReset(user_id)

    def _is_somebody_else(self) -> bool:
        return self._warning is not None and effective_user_id() not in ("", self._warning.user_id)
