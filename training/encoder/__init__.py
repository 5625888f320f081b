"""Trains the contextual embedder: what it learns from, how, and how it is measured and packed."""
