"""E-mails to the administrators about the brake on cost and abuse: the budget of the month, and texts that were stopped."""

from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.delivery import mailer
from collective.smsauth.domain.budget import Level
from collective.smsauth.interfaces import IBudgetReached
from collective.smsauth.interfaces import ITextsStopped
from collective.smsauth.settings.stored import title_of
from plone import api
from zope.component import adapter

_SUBJECTS = {
    Level.NEARLY_SPENT: _("mail_budget_nearly_subject", default="The texts of this month are nearly used up"),
    Level.SPENT: _("mail_budget_spent_subject", default="The texts of this month are used up"),
}


@adapter(IBudgetReached)
def tell_of_budget(event) -> None:
    """Tell that the budget of texts and calls is spent, or nearly."""
    logger.warning("%d of %d texts and calls of this month were sent", event.spent, event.budget)
    figures = {**_mapping(), "spent": str(event.spent), "budget": str(event.budget)}
    if event.level is Level.SPENT:
        body = _(
            "mail_budget_spent_body",
            default="${site} has sent ${spent} texts and calls this month, as many as its settings allow (${budget}). "
            "It sends no more until the month ends (UTC): members without another way cannot log in by "
            "themselves."
            "\n\nSee where they went, and raise the number if that is right: ${counters}",
            mapping=figures,
        )
    else:
        body = _(
            "mail_budget_nearly_body",
            default="${site} has sent ${spent} of the ${budget} texts and calls that its settings allow this month. At ${budget} it "
            "stops until the month ends (UTC)."
            "\n\nSee where they went, and raise the number if that is right: ${counters}",
            mapping=figures,
        )
    _tell(_SUBJECTS[event.level], body)


@adapter(ITextsStopped)
def tell_of_pumping(event) -> None:
    """Tell that texts to a block of numbers were stopped."""
    alarm = event.alarm
    logger.warning(
        "Texts to a block of numbers in %s were stopped: it looks like text pumping", alarm.region or "no country"
    )
    subject = _("mail_pumping_subject", default="Texts to a range of phone numbers were stopped")
    body = _(
        "mail_pumping_body",
        default="${asked} neighbouring phone numbers (country: ${region}) asked for codes of ${site} within a "
        "day, and only ${confirmed} of them entered one. That is how fraudsters make sites send texts "
        "from which they profit. No more are sent to these numbers, except to members who verified "
        "theirs before.\n\nIf they are real people, let texts go again: ${panel}",
        mapping={
            **_mapping(),
            "asked": str(alarm.asked),
            "confirmed": str(alarm.confirmed),
            "region": alarm.region or "–",
        },
    )
    _tell(subject, body)


def _mapping() -> dict[str, str]:
    portal = api.portal.get()
    url = portal.absolute_url()
    return {
        "site": title_of(portal),
        "counters": f"{url}/@@smsauth-counters",
        "panel": f"{url}/@@smsauth-controlpanel",
    }


def _tell(subject, body) -> None:
    address = api.portal.get_registry_record("plone.email_from_address", default=None) or ""
    mailer.post(mailer.compose(address, subject, body))
