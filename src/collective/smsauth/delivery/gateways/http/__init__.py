"""Custom HTTP: any provider that takes a text by POST or PUT, in JSON or as a form.

May import what ``delivery`` may import.
"""
