"""What programs and sent forms are told where a real second step is demanded: in JSON for who takes it, else in plain text."""

from collective.smsauth import _
from Products.Five.browser import BrowserView
from zope.i18n import translate

import json


class Demanded(BrowserView):
    """The view of the exception; the status is 403."""

    def __call__(self) -> str:
        """Return why there is nothing to be had."""
        why = _(
            "error_step_demanded",
            default="For this, a code has to be entered in this session. Open the page in a browser and enter a code "
            "first.",
        )
        message = translate(why, context=self.request)
        response = self.request.response
        response.setStatus(403)
        response.setHeader("Cache-Control", "no-store, private")
        if "json" in (self.request.getHeader("Accept") or ""):
            response.setHeader("Content-Type", "application/json")
            error = {"type": "Second factor required", "message": message, "reason": "second-step"}
            return json.dumps({"error": error, "message": message})
        response.setHeader("Content-Type", "text/plain; charset=utf-8")
        return message
