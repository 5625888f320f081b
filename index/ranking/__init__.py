"""Ranking: the order of the first candidates, after a close look at each."""
