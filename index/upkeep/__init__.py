"""Upkeep: the index brought up to date with files, its engines built and its embedder switched"""
