"""A succession: an embedder that answers at once, and a better, slower one that follows when it has embedded all."""

from __future__ import annotations

from dataclasses import dataclass

from index.embedders.contextual import shipped_contextual
from index.embedders.embedder import Embedder
from index.embedders.static import shipped

AT_ONCE = 2_000
"""So many passages are embedded by the slower one while an update is waited for: some forty seconds on two cores. More
are left to the background of a server, so that the first one answers within seconds; what answers after an update
depends on the corpus alone, never on the machine."""
MOST = 100_000
"""The slower one stays out of larger corpora: it would need more than half an hour on two cores."""


@dataclass(frozen=True, slots=True)
class Succession:
    """Which embedder answers, by how many passages there are."""

    first: Embedder
    then: Embedder
    """`first` again where only one was chosen."""
    most: int = MOST
    """In corpora of more passages the first one stays."""
    at_once: int = AT_ONCE
    """With no more than so many passages left to embed, an update waits for the slower one."""

    @property
    def is_fixed(self) -> bool:
        """Whether one embedder alone was chosen."""
        return self.first is self.then

    def chosen(self, passages: int) -> Embedder:
        """The one that is to answer in a corpus of so many passages."""
        return self.then if passages <= self.most else self.first


def automatic(most: int = MOST) -> Succession:
    """Of the shipped ones: the static embedder first, then the contextual one."""
    return Succession(shipped(), shipped_contextual(), most)
