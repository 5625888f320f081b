"""Who may do what: people with passwords, programs with keys, and what they did"""
