"""How the shipped token ranks and the shipped embedder were made; nothing at run time imports this."""
