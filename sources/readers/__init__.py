"""Readers: files to documents, one format a file."""

from sources.parts import Reader
from sources.readers.files import READERS, Listing, document_of, find_files, read, suffixes

__all__ = ["READERS", "Listing", "Reader", "document_of", "find_files", "read", "suffixes"]
