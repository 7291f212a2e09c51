"""Upgrade steps, one module for each profile version that needs one."""
