"""How the shipped files of the assistant are made. Needs the training data beside the repository; nothing imports it."""
