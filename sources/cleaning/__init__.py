"""Cleaning: bytes to text, and raw text to blocks and sections"""
