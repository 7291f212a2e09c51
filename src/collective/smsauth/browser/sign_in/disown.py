"""Where a member says of a sign-in with the right password and wrong codes that it was not them."""

from collective.smsauth import _
from collective.smsauth.browser.forms.step import IButtons
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain.session import hashed
from collective.smsauth.flows import disown
from collective.smsauth.flows import messages
from collective.smsauth.flows import pending_sign_in as pending_sign_in
from collective.smsauth.flows import trusted_browsers
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.pas import passwords
from plone import api
from z3c.form import button


class DisownForm(StepForm):
    """``@@smsauth-not-me``: the landing page of the link in the warning. Looking at it does nothing: programs open links in e-mails."""

    schema = IButtons
    label = _("title_disown", default="Was that not you?")
    _warning = ""
    _user_id = ""

    @property
    def token_owner(self) -> str:
        """The link that the form belongs to."""
        return hashed(self._warning) if self._warning else ""

    def update(self) -> None:
        """Read the link."""
        given = self.request.form.get("warning")
        self._user_id = disown.read(given)
        self._warning = given if self._user_id else ""
        self.has_form = bool(self._user_id) and not self._is_somebody_else()
        super().update()

    def kept(self) -> list:
        """Return what the form carries on."""
        return [{"name": "warning", "value": self._warning}] if self._warning else []

    def lead(self) -> list:
        """Return what the button will do, or what is wrong with the link."""
        if not self._user_id:
            return [
                _(
                    "lead_disown_invalid",
                    default="This link does not work: it is older than a day, the password was changed since, or it is incomplete. "
                    "If somebody else may know your password, change it.",
                )
            ]
        if self._is_somebody_else():
            return [_("lead_verify_other", default="You are logged in with another account. Log out first.")]
        return [
            _(
                "lead_disown",
                default="Somebody tried to log in with your password, without the right code. If that was not you, "
                "somebody else knows your password.",
            ),
            _(
                "lead_disown_button",
                default="The button logs you out everywhere, forgets all trusted browsers, and leads to a page where "
                "you choose a new password. Until then the old one still works, together with a code.",
            ),
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
        verdict = self.parts.verifier.disown(self._user_id)
        self.judged(messages.BUSY if not verdict.accepted else messages.RIGHT)
        if not verdict.accepted:
            self.refuse(action, messages.BUSY)
            return
        self.request.response.expireCookie("__ac", path="/")
        pending_sign_in.forget(self.request)
        trusted_browsers.forget(self.request, self._user_id)
        reset = self._reset()
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

    def _reset(self):
        # Plone's own way to a new password: who opened this page reads the e-mail that a reset would have gone to.
        if not passwords.is_kept(self.parts.site.acl_users, self._user_id):
            return None
        return api.portal.get_tool("portal_password_reset").requestReset(self._user_id)

    def _is_somebody_else(self) -> bool:
        return bool(self._user_id) and effective_user_id() not in ("", self._user_id)
