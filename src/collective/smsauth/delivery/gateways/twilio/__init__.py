"""Twilio: texts, calls and reports of delivery.

May import what ``delivery`` may import.
"""
