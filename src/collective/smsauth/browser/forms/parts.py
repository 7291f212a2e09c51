"""What pages have at hand: the parts that work together in their request."""

from collective.smsauth import wiring
from functools import cached_property


class HasParts:
    """A mix-in for views."""

    @cached_property
    def parts(self) -> wiring.Parts:
        """What works together in this request."""
        return wiring.of(self.request)
