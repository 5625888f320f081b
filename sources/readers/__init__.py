"""Readers: files to documents, one format a file."""

from sources.readers.files import READERS, Reader, find_files, read

__all__ = ["READERS", "Reader", "find_files", "read"]
