"""How the shipped reader is made: the network that finds an answer in a passage."""
