"""How the shipped token ranks, embedder and spelling tables are made."""
