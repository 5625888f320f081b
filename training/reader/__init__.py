"""How the shipped reader is made."""
