"""How the small networks over sentences and clauses are made."""
