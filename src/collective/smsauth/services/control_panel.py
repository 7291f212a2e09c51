"""The control panel for the REST API: the same settings, rules and self-check as the page."""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.administration.checks import site
from collective.smsauth.administration.rule_changes import problem_with
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.pas.traversal import step_demanded
from collective.smsauth.permissions import MANAGE
from collective.smsauth.settings import changes
from collective.smsauth.settings import PREFIX
from collective.smsauth.settings.fields import parse_date
from collective.smsauth.settings.gateways import environment
from collective.smsauth.settings.gateways import secrets
from collective.smsauth.settings.gateways import whole_schema
from collective.smsauth.settings.validation import words_for
from plone import api
from plone.restapi.controlpanels import IControlpanel
from plone.restapi.controlpanels import RegistryConfigletPanel
from plone.restapi.deserializer import json_body
from plone.restapi.exceptions import DeserializationError
from plone.restapi.interfaces import IDeserializeFromJson
from plone.restapi.interfaces import ISerializeToJson
from plone.restapi.serializer.controlpanels import ControlpanelSerializeToJson
from zExceptions import BadRequest
from zExceptions import Unauthorized
from zope import schema
from zope.component import adapter
from zope.i18n import translate
from zope.interface import implementer
from zope.interface import Interface

FORGET = "forget_secrets"


class ISMSAuthControlpanel(IControlpanel):
    """The control panel of two-step verification."""


@implementer(ISMSAuthControlpanel)
@adapter(Interface, ISMSAuthLayer)
class SMSAuthControlpanel(RegistryConfigletPanel):
    """``@controlpanels/smsauth``."""

    schema_prefix = PREFIX
    configlet_id = "smsauth"
    configlet_category_id = "plone-security"
    title = _("Two-step verification")
    group = ""

    @property
    def schema(self):
        """The settings, and those of the gateways."""
        return whole_schema(self.context)


@implementer(ISerializeToJson)
@adapter(ISMSAuthControlpanel)
class Serializer(ControlpanelSerializeToJson):
    """Adds the self-check and the names of settings that the environment sets; secrets are always empty."""

    def __call__(self) -> dict:
        """Return the JSON of the control panel.

        :raises Unauthorized: the user may not manage two-step verification.
        :raises Forbidden: the second step was skipped in this session.
        """
        panel = self.controlpanel
        _demand_permission(panel.context)
        result = super().__call__()
        result["data"].update(dict.fromkeys(secrets(panel.context), ""))
        result["environment"] = [name for name in panel.schema if environment(name)]
        result["self_check"] = [
            {
                "ok": finding.ok,
                "title": translate(finding.title, context=panel.request),
                "advice": [translate(line, context=panel.request) for line in finding.advice],
            }
            for finding in site.findings(panel.context, panel.request)
        ]
        return result


@implementer(IDeserializeFromJson)
@adapter(ISMSAuthControlpanel)
class Deserializer:
    """Stores all of what was sent, or nothing. ``forget_secrets: true`` removes stored secrets."""

    def __init__(self, controlpanel) -> None:
        self._context = controlpanel.context
        self._request = controlpanel.request

    def __call__(self, mask_validation_errors: bool = True) -> None:
        """Store the settings of the request.

        :raises BadRequest: a list of what is wrong, each with its field if it has one.
        :raises Unauthorized: the user may not manage two-step verification.
        :raises Forbidden: the second step was skipped in this session.
        """
        _demand_permission(self._context)
        try:
            data = json_body(self._request)
        except DeserializationError as error:
            raise BadRequest(str(error)) from None
        known = whole_schema(self._context)
        given = {name: _plain(known[name], data[name]) for name in known if name in data}
        problems = {
            name: problem
            for name, value in given.items()
            if (problem := problem_with(self._context, name, value)) is not None
        }
        if not isinstance(data.get(FORGET, False), bool):
            problems[FORGET] = words_for(schema.Bool())
        if problems:
            raise BadRequest([self._error(problem, name) for name, problem in problems.items()])
        answer = changes.save(self._context, given, forget_secrets=data.get(FORGET, False))
        if answer.refusals:
            raise BadRequest([self._error(refusal) for refusal in answer.refusals])

    def _error(self, message, field: str = "") -> dict[str, str]:
        error = {"message": translate(message, context=self._request), "error": "ValidationError"}
        return {**error, "field": field} if field else error


def _demand_permission(context) -> None:
    context.REQUEST.response.setHeader("Cache-Control", "no-store, private")
    if not api.user.has_permission(MANAGE, obj=context):
        raise Unauthorized(MANAGE)
    # without the plugin there is no gate: this panel is where that is told
    gate, user = gate_of(wiring.current().site.acl_users, context.REQUEST), getSecurityManager().getUser()
    if gate is not None and gate.is_own(user) and not gate.has_given(user.getId()):
        raise step_demanded()


def _plain(field, value: object) -> object:
    """Return a value of JSON as the field has it: lists are tuples, dates come in ISO 8601 form, choices as the GET shows them.

    What is nothing in JSON is no date, an empty list or '', where a setting may be empty. What cannot be a value is returned as it is.
    """
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict) and isinstance(field, schema.Choice):
        return value.get("token", value)
    if isinstance(field, schema.Date):
        return None if value in (None, "") else parse_date(value) or value
    return field.missing_value if value is None and not field.required else value
