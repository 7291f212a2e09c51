"""The pages for who lost the phone or the password.

May import what ``browser`` may import.
"""
