"""Exports: answers, figures and tables as files that other programs open, one file a form; `forms.py` lists them."""
