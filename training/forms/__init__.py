"""How the small networks that choose the extent of an answer are made."""
