"""Documents in: readers, cleaning, passages and figures; `library/` holds the sample library."""

from sources.documents import Document, Section, SourceError
from sources.figures import Figure
from sources.mentions.numerals import quantities
from sources.passages import Passage

__all__ = ["Document", "Figure", "Passage", "Section", "SourceError", "quantities"]
