"""Delivery of texts: when a text leaves, on which thread, through whom, and what became of it.

``dispatcher`` decides when, ``pool`` lends the threads, ``twilio`` and ``outbox`` are the gateways. Nothing here knows
users, sites or codes.
"""
