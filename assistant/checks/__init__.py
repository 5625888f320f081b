"""Checks: is every sentence of an answer marked, and do the cited words say what it says?"""
