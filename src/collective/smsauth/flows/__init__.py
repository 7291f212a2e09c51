"""The stories, for pages and REST alike: sign in, set up, prove an address, reset a phone, trust a browser, re-authenticate.

Also the words for how they came out. No form, no template.

May import ``wiring`` and everything below.
"""
