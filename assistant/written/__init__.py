"""Answers written by a chat model from numbered evidence"""
