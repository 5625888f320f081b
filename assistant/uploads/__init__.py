"""Uploads: files that people bring, kept under the data directory and read into the library."""
