"""What people keep: conversations with their answers, links to them, and what was said of an answer."""
