"""How the shipped weights and tables are made, from training data beside the repository.

Nothing imports this, and the wheel leaves it out.
"""
