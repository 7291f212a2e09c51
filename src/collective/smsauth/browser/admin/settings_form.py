"""The form with a field for each setting."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.administration.rule_changes import problem_with
from collective.smsauth.browser.admin import text_length
from collective.smsauth.browser.forms.address_field import COUNTRY
from collective.smsauth.browser.forms.administrator import AdministratorForm
from collective.smsauth.settings import changes
from collective.smsauth.settings import PREFIX
from collective.smsauth.settings.fields import parse_date
from collective.smsauth.settings.gateways import environment
from collective.smsauth.settings.gateways import secrets
from collective.smsauth.settings.gateways import variable
from collective.smsauth.settings.gateways import whole_schema
from collective.smsauth.settings.validation import words_for
from functools import cached_property
from plone import api
from plone.app.registry.browser.controlpanel import RegistryEditForm
from z3c.form import button
from z3c.form.browser.textlines import TextLinesFieldWidget
from z3c.form.field import Fields
from z3c.form.interfaces import IErrorViewSnippet
from zope import schema
from zope.component import getMultiAdapter
from zope.i18n import translate
from zope.i18nmessageid import Message
from zope.interface import Interface
from zope.interface import Invalid
from zope.schema.interfaces import ValidationError

FORGET = "forget_secrets"
_WIDGET = "form.widgets."
_EMPTY = "-empty-marker"
#: What browsers send for a choice that is left open.
_OPEN = ("--NOVALUE--", ["--NOVALUE--"])


def lists(site) -> tuple[str, ...]:
    """Return the names under which browsers send lists: those of the fields with choices and of the boxes to tick."""
    names = _named(whole_schema(site), schema.Choice, schema.Bool)
    return (*(f"{_WIDGET}{name}" for name in (*names, FORGET)), COUNTRY)


def _named(settings, *kinds: type) -> tuple[str, ...]:
    return tuple(name for name, field in settings.namesAndDescriptions(all=True) if isinstance(field, kinds))


class IForget(Interface):
    """What the form asks besides the settings."""

    forget_secrets = schema.Bool(
        title=_("label_forget_secrets", default="Remove the stored secrets"),
        description=_(
            "help_forget_secrets",
            default="Those of all gateways are removed. A new one that you enter in this form is stored nevertheless.",
        ),
        default=False,
        required=False,
    )


class SettingsForm(AdministratorForm, RegistryEditForm):
    """Shows and saves the settings. Secrets are never shown; left empty, they stay."""

    schema_prefix = PREFIX
    label = _("Two-step verification")
    id = name = "smsauth-settings"
    default_fieldset_label = _("fieldset_general", default="General")
    css_class = "smsauth"
    buttons = RegistryEditForm.buttons.copy()
    handlers = RegistryEditForm.handlers.copy()

    @cached_property
    def schema(self):
        """The settings, and those of the gateways."""
        return whole_schema(api.portal.get())

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return secrets(api.portal.get())

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return _named(self.schema, schema.Tuple)

    @cached_property
    def _switches(self) -> tuple[str, ...]:
        return _named(self.schema, schema.Bool)

    def updateFields(self) -> None:
        """Ask for lists one item a line, and whether stored secrets are to go."""
        super().updateFields()
        for part in (self, *self.groups):
            for name in part.fields:
                if name in self._lines:
                    part.fields[name].widgetFactory = TextLinesFieldWidget
        # they are all removed together, so below the last one
        holders = [part for part in (self, *self.groups) if any(name in part.fields for name in self._secrets)]
        if holders:
            holders[-1].fields += Fields(IForget, ignoreContext=True)

    def update(self) -> None:
        """Do what was asked for, then word the page."""
        form = self.request.form
        for name in (f"{_WIDGET}{name}" for name in self._lines):
            if name in form:
                form[name] = "\n".join(line.strip() for line in form[name].splitlines() if line.strip())
        for name in (f"{_WIDGET}{name}" for name in _named(self.schema, schema.Date)):
            if form.get(name) and parse_date(form[name]) is None:
                # The converter of the widget stumbles over some of what is no date, and over a slash it does not.
                form[name] = form[name].replace("-", "/") + "/"
        super().update()
        if self.status == self.formErrorsMessage and any(form.get(f"form.widgets.{name}") for name in self._secrets):
            again = _(
                "error_secret_again", default="Nothing was saved. Enter the token or secret again: it is never shown."
            )
            self._complain(again)
        for name, widget in self._widgets().items():
            self._word(name, widget)

    @button.handler(RegistryEditForm.buttons["save"])
    def handleSave(self, action):
        """Save what was sent, or say why not."""
        data, errors = self.extractData()
        if errors:
            self.status = self.formErrorsMessage
            return
        forget = bool(data.pop(FORGET, False))
        given = {name: value for name, value in data.items() if self._was_sent(name)}
        site = api.portal.get()
        problems = {name: problem for name in given if (problem := problem_with(site, name, given[name]))}
        problems.update(
            {name: words_for(self.schema[name]) for name in self._open_choices() if self._chose_nothing(name, data)}
        )
        if not problems:
            problems = changes.wrong(site, given)
        for name, problem in problems.items():
            self._complain(problem, self._widgets()[name])
        if problems:
            return
        answer = changes.save(site, given, forget_secrets=forget)
        for refusal in answer.refusals:
            self.refuse(action, refusal)
        if answer.refusals:
            return
        api.portal.show_message(_("message_saved", default="Changes saved."), request=self.request)
        for remark in (*answer.remarks, *self._on_length(given)):
            api.portal.show_message(remark, request=self.request, type="warning")
        self.request.response.redirect(self.request.getURL())

    def _widgets(self) -> dict:
        return {name: widget for part in (self, *self.groups) for name, widget in part.widgets.items()}

    def _complain(self, message, widget=None) -> None:
        """Show an error at a widget, wherever in the form it is, or on top."""
        subject = (Invalid(message), self.request, widget, getattr(widget, "field", None), self, self.getContent())
        view = getMultiAdapter(subject, IErrorViewSnippet)
        view.update()
        if widget is not None:
            widget.error = view
        self.widgets.errors += (view,)
        self.status = self.formErrorsMessage

    def _was_sent(self, name: str) -> bool:
        names = (f"{_WIDGET}{name}", f"{_WIDGET}{name}{_EMPTY}") if name in self._switches else (f"{_WIDGET}{name}",)
        return any(sent in self.request.form for sent in names)

    def _open_choices(self) -> list[str]:
        return [name for name in _named(self.schema, schema.Choice) if not self.schema[name].required]

    def _chose_nothing(self, name: str, data: dict) -> bool:
        # What is not offered counts as none chosen with z3c.form, where a choice may be left open.
        sent = self.request.form.get(f"{_WIDGET}{name}", "")
        return not data.get(name) and bool(sent) and sent not in _OPEN

    def _word(self, name: str, widget) -> None:
        if name in self._secrets:
            # Browsers would fill in the administrator's own password.
            widget.value = ""
            if isinstance(widget.field, schema.Password):
                widget.attributes["value"] = ""
            widget.attributes["autocomplete"] = "new-password"
        if name in self._lines:
            widget.addClass("form-control")
        if isinstance(self.schema.get(name), schema.Choice) and self.schema[name].default:
            widget.required = True  # there is always a value, so none is not offered
        if environment(name):
            widget.description = self._with_note(widget, name)
        if notes := text_length.notes(wiring.of(self.request), name, widget.value or ""):
            widget.description = self._joined(getattr(widget, "description", widget.field.description), *notes)
        if widget.error is not None:
            widget.attributes["aria-invalid"] = "true"
            if isinstance(widget.error.error, (ValidationError, ValueError)):
                widget.error.message = self._words_for(name, widget)

    def _words_for(self, name: str, widget) -> Message:
        field = self.schema[name]
        if name in self._lines and not isinstance(field.value_type, schema.Int):
            lines = tuple((widget.value or "").splitlines())
            return problem_with(self.context, name, lines) or words_for(field)
        return words_for(field)

    def _with_note(self, widget, name: str) -> str:
        note = _(
            "help_environment",
            default="Set by the environment variable ${variable}, which wins over what is stored here.",
            mapping={"variable": variable(name)},
        )
        return self._joined(note, widget.field.description)

    def _joined(self, *parts) -> str:
        return " ".join(translate(part, context=self.request) for part in parts if part)

    def _on_length(self, given: dict) -> list:
        parts = wiring.of(self.request)
        return [
            text_length.notes(parts, name, given[name])[0]
            for name in given
            if text_length.is_long(parts, name, given[name])
        ]
