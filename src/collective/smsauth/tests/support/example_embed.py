"""The example of the chapter "Embed": a page of another package that takes a number only with proof."""

from collective.smsauth.browser.forms.address_proof import AddressKind
from collective.smsauth.browser.forms.address_proof import IVerifying
from collective.smsauth.browser.forms.address_proof import VerifyingForm
from plone import api
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zope import schema


class IAlarm(IVerifying):
    """Where to send alarms, and which."""

    topic = schema.TextLine(title="Topic", max_length=100)


class AlarmForm(VerifyingForm):
    """Sends alarms on a topic to a phone of the member."""

    schema = IAlarm
    label = "Alarms on your phone"
    address_kind = AddressKind.NUMBER
    template = ViewPageTemplateFile("example_embed.pt")

    def verified(self, address, data):
        """Keep the number: the code that was sent there has just been entered."""
        member = api.user.get_current()
        member.setMemberProperties({"description": f"{data['topic']}: {address}"})
        self.go("", "Alarms are on.")
