"""Passwords: kept as argon2id hashes, compared in the same time for every name, known or not"""

from __future__ import annotations

import secrets
import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistant.accounts.records import AccountError

MIN_CHARS = 8
MAX_CHARS = 200
_AT_ONCE = 2
"""Each takes 64 MB and all of a core for a moment."""


class Passwords:
    """Makes hashes and compares with them. Safe to share between threads."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher` with argon2's parameters; those of RFC 9106 for little memory where none is given."""
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(_AT_ONCE)

    def hashed(self, password: str) -> str:
        """The hash, with its salt and parameters."""
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password of this hash; of None it never is, which takes as long to say."""
        with self._turn:
            try:
                return self._hasher.verify(kept or self._of_nobody, password) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than hashes are now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


def checked_password(password: str, name: str) -> str:
    """The password. Raises AccountError, which never repeats it, for one that is too short, too long or the name."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise AccountError(f"密码有 {len(password)} 个字符：请用 {MIN_CHARS} 到 {MAX_CHARS} 个", "password")
    if password.casefold() == name.casefold() or len(set(password)) < 3:
        raise AccountError("这个密码太容易猜：请换一个不同于名字、不只是重复字符的", "password")
    return password
