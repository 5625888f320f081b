"""Readers: files to documents, one format a file."""

from sources.readers.files import READERS, Listing, Reader, find_files, read

__all__ = ["READERS", "Listing", "Reader", "find_files", "read"]
