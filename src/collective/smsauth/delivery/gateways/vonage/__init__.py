"""Vonage: texts by its SMS API, and its delivery receipts.

May import what ``delivery`` may import.
"""
