"""Figures: every quantity a document prints, with what it measures, where and when."""

from sources.figures.figure import Figure, Sureness
from sources.figures.prose import extract_figures

__all__ = ["Figure", "Sureness", "extract_figures"]
