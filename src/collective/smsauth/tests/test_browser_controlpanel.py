"""The control panel in the browser."""

from collective.smsauth.testing import FUNCTIONAL
from plone.app.testing import SITE_OWNER_NAME, SITE_OWNER_PASSWORD
from plone.testing.zope import Browser
import unittest

class T(unittest.TestCase):
    layer = FUNCTIONAL
    def test_it(self):
        b = Browser(self.layer["app"]); b.handleErrors = False
        b.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
        b.open(self.layer["portal"].absolute_url()+"/@@smsauth-controlpanel")
        open("/tmp/w/cp.html","w").write(b.contents)
        b.getControl(name="form.widgets.code_length").value="99"
        b.getControl(name="form.buttons.save").click()
        open("/tmp/w/cp2.html","w").write(b.contents)
        b.getControl(name="form.widgets.test_number").value="+31612345678"
        b.getControl(name="form.buttons.test").click()
        open("/tmp/w/cp3.html","w").write(b.contents)
