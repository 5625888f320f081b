"""How the shipped weights and tables are made, from training data beside the repository; nothing imports this."""
