"""Ranking: the order of the first candidates, told by looking at each closely"""
