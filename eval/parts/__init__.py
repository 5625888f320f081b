"""Measures of single parts, which look inside the assistant: the checker, the figures, swaps, injections"""
