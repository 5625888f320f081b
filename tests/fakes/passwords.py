"""Passwords that cost nothing, for the tests of what stands behind them."""

from __future__ import annotations

from argon2 import PasswordHasher

from assistant.accounts.passwords import Passwords


def quick_passwords() -> Passwords:
    """argon2 with the least that it takes."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
