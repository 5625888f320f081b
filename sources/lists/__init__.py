"""Lists: the enumerations of a document, marked, line by line, or within a sentence; each with what it is a list of."""

from sources.lists.finding import lists
from sources.lists.listing import Item, Listing

__all__ = ["Item", "Listing", "lists"]
