"""How the shipped files of the assistant are made, from training data beside the repository; nothing imports it."""
