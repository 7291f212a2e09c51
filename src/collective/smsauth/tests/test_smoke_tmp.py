from collective.smsauth.testing import *
from plone.testing.zope import Browser
import unittest, transaction

class T(unittest.TestCase):
    layer = FUNCTIONAL
    def test_it(self):
        app=self.layer['app']; portal=self.layer['portal']
        b=Browser(app); b.handleErrors=False
        def login(b):
            b.open(portal.absolute_url()+'/login')
            b.getControl(name='__ac_name').value='anna'
            b.getControl(name='__ac_password').value=PASSWORD
            b.getControl(name='buttons.login').click()
        login(b)
        print(b.url, 'logged' , 'personaltools-logout' in b.contents)
        b.open(portal.absolute_url()+'/@@smsauth-setup')
        i=b.contents.index('smsauth-step'); print(b.contents[i-200:i+4000])
        b.getControl(name='form.widgets.mobile_number').value='+31612345678'
        b.getControl(name='form.buttons.send').click()
        print(b.url, texts())
        i=b.contents.index('smsauth-step'); print(b.contents[i-200:i+5000])
        b.getControl(name='form.widgets.code').value=last_code()
        b.getControl(name='form.buttons.verify').click()
        print(b.url); i=b.contents.index('smsauth-step'); print(b.contents[i-900:i+1000])
        b2=Browser(app); b2.handleErrors=False
        login(b2); print(b2.url, texts())
        i=b2.contents.index('smsauth-step'); print(b2.contents[i-900:i+2000])
        b2.getControl(name='form.widgets.code').value=last_code()
        b2.getControl(name='form.buttons.verify').click()
        print(b2.url,  'personaltools-logout' in b2.contents)
        b2.open(portal.absolute_url()+'/@@smsauth-setup'); print(b2.url)
        b2.open(portal.absolute_url()+'/logout'); print(b2.url)
