"""Workbooks taken apart, and their numbers as they are shown"""
