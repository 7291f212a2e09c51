"""The first version: what every later step can rely on, a plugin in its place."""

from collective.smsauth import setuphandlers


def upgrade(setup_tool) -> None:
    """Activate the plugin for all that it does and move it in front; records stay."""
    setuphandlers.install(setup_tool)
