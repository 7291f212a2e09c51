"""What all pages of the second step have in common: who may act on them, and how they answer.

They stay reachable while the second factor is owed, act on POST only and not for a page of another site, check a token of their own
before anything is judged, and then switch the automatic CSRF protection off: it would undo the counting of a wrong answer.
"""

from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.browser.forms import bare_page
from collective.smsauth.browser.forms import browser_cookie
from collective.smsauth.browser.forms.parts import HasParts
from collective.smsauth.browser.forms.plain_input import plain_fields
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.domain import codes
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import acts
from collective.smsauth.flows import messages
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.interfaces import ISecondStepView
from plone import api
from plone.autoform.form import AutoExtensibleForm
from plone.protect.interfaces import IDisableCSRFProtection
from plone.supermodel import model
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from transaction.interfaces import TransientError
from typing import Any
from urllib.parse import urlencode
from urllib.parse import urlsplit
from z3c.form import form
from z3c.form.action import ActionErrorOccurred
from z3c.form.button import Handlers
from z3c.form.interfaces import WidgetActionExecutionError
from zExceptions import HTTPException
from zope.event import notify
from zope.i18nmessageid import Message
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.interface import Invalid
from zope.schema.interfaces import IPassword

#: Seconds for which a rendered form may be sent.
FORM_LIFETIME = 2 * 60 * 60
TOKEN = "token"


class IButtons(model.Schema):
    """The schema of forms that have buttons only."""


@implementer(ISecondStepView)
class StepForm(HasParts, AutoExtensibleForm, form.Form):
    """Base of the forms. ``token_owner`` names whose form it is, so that a form of one cannot be sent as another."""

    ignoreContext = True
    enable_unload_protection = False
    css_class = "smsauth"
    template = ViewPageTemplateFile("templates/step.pt")
    has_form = True
    #: Names of fields that may be sent as lists.
    lists: tuple[str, ...] = ()
    _is_called = False
    _told: Message | None = None
    _may_repeat = False
    _is_rendered = False
    #: Name of the form that was sent, as it was shown, when that was (seconds since the epoch), and how things stood. A form that is sent
    #: twice has the same.
    shown_as = ""
    shown_at = 0.0
    shown_state: Any = None

    def __call__(self):
        """Return the page. Only so may the form act.

        Plone updates forms on other occasions, too: while traversing ``++widget++``, where whatever was counted is undone by a
        name that is not found, and to validate a field.

        Once an answer has been judged, no fault takes the verdict away: if this page fails, a bare one tells it. What a handler raises
        on purpose, such as a redirect, is what the form answers.
        """
        self._is_called = True
        try:
            return super().__call__()
        except TransientError:
            raise  # the request is run again, and gets the same verdict
        except Exception as error:
            if self._told is None or (isinstance(error, HTTPException) and not self._is_rendered):
                raise
            logger.exception("The page after an answer could not be made")
            return self._bare_page(self._told)

    def judged(self, words: Message, *, again: bool = False) -> None:
        """Note that an answer of this request was judged, and what the page has to tell of it at least.

        ``again`` tells an answer that does more if it is sent once more, should the page that follows be lost.
        """
        self._told, self._may_repeat = words, again

    def _bare_page(self, words: Message) -> str:
        url = self.url(f"@@{self.__name__}")
        secret = any(IPassword.providedBy(field.field) for field in self.fields.values())
        fields = plain_fields(self.request, self.lists) if self._may_repeat and not secret else ()
        return bare_page.page(self.request, words, url, link=self.own_url(), fields=fields)

    def own_url(self) -> str:
        """Return the address of this page as it stands, with what its form carries on."""
        url = self.url(f"@@{self.__name__}")
        kept = {field["name"]: field["value"] for field in getattr(self, "kept", list)()}
        return f"{url}?{urlencode(kept)}" if kept else url

    def lead(self) -> list:
        """Return the paragraphs above the form."""
        return []

    def notes(self) -> list:
        """Return sentences that belong to the form, and change with every look at it."""
        return []

    def delivery(self):
        """Return what became of the code that the page asks for; None if it asks for none."""
        return

    def links(self) -> list:
        """Return the ways on below the form, as pairs of address and words."""
        return []

    @property
    def token_owner(self) -> str:
        """Whom the form acts for: it goes into the token."""
        return effective_user_id()

    @property
    def state(self) -> Any:
        """How things stand that the form changes, where it must not act on others: it goes into the token."""
        return None

    def update(self) -> None:
        """Set the headers, then do what was asked for."""
        response = self.request.response
        response.setHeader("Cache-Control", "no-store, private")
        response.setHeader("Referrer-Policy", "no-referrer")
        scrub(self.request, self.lists)
        if comes_from_elsewhere(self.request) and self.request.get("REQUEST_METHOD") == "POST":
            self._empty()
        super().update()

    def updateActions(self) -> None:
        """Make the first button the main one, and refuse what was not sent by this form."""
        super().updateActions()
        for action in list(self.actions.values())[:1]:
            action.klass = "submit-widget btn btn-primary"
        asked = self.actions.executedActions
        refusal = self._why_not() if asked else None
        if refusal is not None:
            self.handlers = Handlers()
            self.refuse(asked[0], refusal)

    def render(self) -> str:
        """Mark fields with an error for screen readers, empty passwords, and render the page."""
        self._is_rendered = True
        for widget in self.widgets.values():
            if IPassword.providedBy(widget.field):
                widget.value = ""
            if widget.error:
                widget.attributes["aria-invalid"] = "true"
        return super().render()

    def token(self) -> str:
        """Return the token of this form: its name, which page, whose, in which browser, and until when."""
        value = {
            "v": self.__name__,
            "s": self.token_owner,
            "b": browser_cookie.recognised(self.request),
            "n": codes.random_name(),
            "k": self.state,
            "x": self.parts.now + FORM_LIFETIME,
        }
        return signed_values.sign(self.parts.keys("signing"), Usage.FORM, value)

    def refuse(self, action, message, field: str = "") -> None:
        """Say why nothing came of it, at ``field`` or on top of the form. Nothing is raised: what was counted stays counted."""
        if field:
            notify(ActionErrorOccurred(action, WidgetActionExecutionError(field, Invalid(message))))
        else:
            # Plone's macro sets the status of a form in red if it is the form's own message for errors.
            self.status = self.formErrorsMessage = message

    def is_in_modal(self) -> bool:
        """Tell whether the page was asked for by a script, as Plone's modals do."""
        return self.request.getHeader("X-Requested-With") == "XMLHttpRequest"

    def describe(self, field: str, **attributes: str) -> None:
        """Add HTML attributes to the input of a field."""
        self.widgets[field].attributes.update(attributes)

    def url(self, name: str = "") -> str:
        """Return the address of a page of this package, or of the navigation root."""
        root = api.portal.get_navigation_root(self.context).absolute_url()
        return f"{root}/{name}" if name else root

    def link_to_sign_in(self) -> tuple:
        """Return the way to the sign-in and back to this page, for ``links``."""
        back = urlencode({"came_from": self.url(f"@@{self.__name__}")})
        return self.url(f"login?{back}"), _("link_sign_in", default="Log in")

    def go(self, name: str = "", message=None, kind: str = "info") -> None:
        """Lead on to another page."""
        if message is not None:
            api.portal.show_message(message, request=self.request, type=kind)
        self.request.response.redirect(name if urlsplit(name).scheme else self.url(name))

    def _why_not(self) -> Message | None:
        # Why a button of this form is not to do anything; None for who was shown the form and sent it.
        value = signed_values.unsign(self.parts.keys("signing"), Usage.FORM, self.request.form.get(TOKEN))
        if not self._is_called or self.request.get("REQUEST_METHOD") != "POST":
            return messages.STALE_FORM
        if comes_from_elsewhere(self.request):
            self.request.response.setStatus(403)
            return messages.FOREIGN_FORM
        if value is None or self.parts.now >= value["x"]:
            return messages.STALE_FORM
        if (value["v"], value["s"]) != (self.__name__, self.token_owner):
            return messages.STALE_FORM
        if value.get("b") != browser_cookie.known(self.request):
            return messages.OTHER_BROWSER
        alsoProvides(self.request, IDisableCSRFProtection)
        self.shown_as, self.shown_at, self.shown_state = value["n"], value["x"] - FORM_LIFETIME, value["k"]
        return self._too_often()

    def _too_often(self) -> Message | None:
        wait = acts.count(self.request, effective_user_id() or self.token_owner)
        return messages.timed(messages.TOO_MANY_ACTS, seconds=wait) if wait else None

    def _empty(self) -> None:
        # What a page of another site has filled in is not shown to somebody who would send it on.
        form, other = self.request.form, self.request.other
        for name in [name for name in form if name.startswith("form.widgets.")]:
            value = form.pop(name)
            if other.get(name) is value:
                del other[name]
