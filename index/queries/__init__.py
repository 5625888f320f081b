"""Queries: what is asked, in the words that documents may use for it"""
