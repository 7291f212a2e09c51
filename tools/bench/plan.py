"""How much is measured: all of it, or just enough to see that the benchmark works."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Numbers of repetitions. A launch starts all servers anew: no two processes are equally fast."""

    launches: int
    page_turns: int
    pages_a_turn: int
    sign_in_turns: int
    waiting_rounds: int
    waiting_seconds: float
    growth_after: tuple[int, ...]
    switches: int
    large: int
    visits: int

    @property
    def members(self) -> int:
        """How many members are needed if each signs in once, warming up included, and others visit the access-code page."""
        once = 10 * self.sign_in_turns + 16 + 8 * self.waiting_rounds
        return self.launches * once + self.visits


FULL = Plan(
    launches=3,
    page_turns=40,
    pages_a_turn=8,
    sign_in_turns=12,
    waiting_rounds=2,
    waiting_seconds=4.0,
    growth_after=(1, 100, 1000),
    switches=15,
    large=10_000,
    visits=500,
)
QUICK = Plan(
    launches=1,
    page_turns=4,
    pages_a_turn=3,
    sign_in_turns=2,
    waiting_rounds=1,
    waiting_seconds=1.0,
    growth_after=(1, 5),
    switches=2,
    large=100,
    visits=20,
)
