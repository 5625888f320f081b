"""Measures of single parts: the only modules of eval that look inside the other packages."""
