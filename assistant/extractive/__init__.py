"""Answers without a model: one answerer a form of answer, tried in order (`answerers.py` is the list)"""
