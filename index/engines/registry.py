"""The dense engines by name, and which of them holds how many passages. All are caches of the catalog.

A passage is known to an engine by its row number `n` in the catalog, which is never used twice. To add an engine, write
one file with an `Engine` of functions, one line in `DENSE`, one parameter in tests/index/test_engines.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.engines import chroma, signs
from index.engines.protocols import Engine

DENSE: dict[str, Engine] = {"chroma": chroma.ENGINE, "signs": signs.ENGINE}
"""By the name that a generation's manifest carries."""
EXACT_LIMIT, LARGE = 20_000, "signs"
"""The default choice."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which engine compares the vectors of an index; raises ValueError for one that isn't in `DENSE`."""

    exact_limit: int = EXACT_LIMIT
    """Up to so many passages are compared one by one, which is fast enough and as good as it gets."""
    large: str = LARGE
    """The one for more, by its name in `DENSE`."""

    def __post_init__(self) -> None:
        if self.large not in DENSE:
            raise ValueError(f"没有名为 {self.large!r} 的向量引擎；可用的是：{'、'.join(DENSE)}")

    def dense(self, passages: int) -> str | None:
        """The name in `DENSE` of the engine for so many passages; None where they are compared one by one."""
        return self.large if passages > self.exact_limit else None
