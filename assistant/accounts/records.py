"""What accounts hand out: who asks, people, keys, and what was done

Times are seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["reader", "writer", "admin"]
Scope = Literal["ask", "read", "write", "admin"]
"""ask: questions, and one's own conversations; read: documents and figures; write: what is in the library; admin:
everything, accounts and settings too."""
SCOPES: tuple[Scope, ...] = ("ask", "read", "write", "admin")
SCOPES_OF: dict[Role, frozenset[Scope]] = {
    "reader": frozenset({"ask", "read"}),
    "writer": frozenset({"ask", "read", "write"}),
    "admin": frozenset(SCOPES),
}
PER_MINUTE = 60
"""Questions of a person; nobody who reads the answers gets there."""
PER_DAY = 5000
KEY_PER_MINUTE = 120
KEY_PER_DAY = 20_000


class AccountError(ValueError):
    """What can't be done to an account or a key: `str(error)` says why, and what to do instead."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        """What was wrong of what was given; empty where nothing was."""


class NoSuchError(AccountError, LookupError):
    """There is no such account or key."""


class WrongPasswordError(AccountError):
    """A name and a password that don't belong together; which of the two is wrong is never told."""


class ThrottledError(AccountError):
    """Too many tries: the next one is let in after `wait_s` seconds."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Limits:
    """How many questions may be asked; None: as many as one likes."""

    per_minute: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    kind: Literal["local", "user", "key", "anonymous"]
    owner: str
    """Whose conversations, links and feedback they see; see `assistant.conversations.store`."""
    scopes: frozenset[Scope]
    groups: frozenset[str] | None = None
    """Of readers: what is for others isn't there. None: everything is there."""
    name: str = ""
    """For people."""
    id: str = ""
    """Of the account or key."""
    limits: Limits = field(default_factory=Limits)

    def may(self, scope: Scope) -> bool:
        """Whether they may do what needs this scope; an administrator may do everything."""
        return scope in self.scopes or "admin" in self.scopes

    @property
    def is_admin(self) -> bool:
        """Whether they may change settings and accounts, and see what everybody says of answers."""
        return "admin" in self.scopes


LOCAL = Principal("local", "local", frozenset(SCOPES))
"""Whoever sits at the machine, while there are no accounts."""
NOBODY = Principal("anonymous", "nobody", frozenset(), frozenset())
"""Who hasn't said who they are, where that is asked."""


@dataclass(frozen=True, slots=True)
class User:
    """A person's account."""

    id: str
    name: str
    role: Role
    groups: tuple[str, ...] | None
    """Of readers; None: everything, as always for who may change the library."""
    disabled: bool
    created: float
    last_seen: float | None = None

    @property
    def owner(self) -> str:
        """Whose conversations are theirs. No account that comes later under the same name has it."""
        return f"user-{self.id}"

    def principal(self) -> Principal:
        """Them, asking."""
        return Principal(
            "user",
            self.owner,
            SCOPES_OF[self.role],
            None if self.groups is None else frozenset(self.groups),
            self.name,
            self.id,
            Limits(PER_MINUTE, PER_DAY),
        )


@dataclass(frozen=True, slots=True)
class Key:
    """A program's key, without its secret."""

    id: str
    name: str
    prefix: str
    """How the secret begins, to tell it from others."""
    scopes: tuple[Scope, ...]
    groups: tuple[str, ...] | None
    """As a person's."""
    per_minute: int
    per_day: int
    created: float
    expires: float | None
    last_used: float | None
    revoked: float | None

    def is_valid(self, now: float) -> bool:
        """Whether it opens anything."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def principal(self) -> Principal:
        """The program, asking."""
        return Principal(
            "key",
            f"key-{self.id}",
            frozenset(self.scopes),
            None if self.groups is None else frozenset(self.groups),
            self.name,
            self.id,
            Limits(self.per_minute, self.per_day),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done, or tried."""

    number: int
    at: float
    who: str
    """A name, or "" where nobody is known."""
    what: str
    """login, login-failed, logout, key-refused, or the method and path of a request that changed something."""
    detail: str
    address: str
    """From where; empty: the command on this machine."""
