"""Reading: which sentence of the passages found answers, where in it, and how surely"""
