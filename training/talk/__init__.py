"""Learning conversations: what a follow-up leaves out, and where it is found."""
