"""plone.restapi services.

May import ``flows``, ``administration`` and everything below.
"""
