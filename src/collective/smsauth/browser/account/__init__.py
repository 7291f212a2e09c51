"""The pages on which members change their own second step.

May import what ``browser`` may import.
"""
