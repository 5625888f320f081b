"""Mentions: numbers, dates and places as texts print them, in one normal form."""
