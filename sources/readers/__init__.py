"""Readers: files to documents, one format a file."""

from sources.readers.files import READERS, Listing, Reader, document_of, find_files, read, suffixes

__all__ = ["READERS", "Listing", "Reader", "document_of", "find_files", "read", "suffixes"]
