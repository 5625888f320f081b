"""Queries: a question in the words that documents may use for it."""
