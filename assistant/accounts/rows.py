"""Rows of accounts and keys, as people and as keys; and what may be written into them"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from assistant.accounts.records import SCOPES, SCOPES_OF, AccountError, Key, Role, Scope, User
from assistant.accounts.schema import KEYS, USERS

MAX_NAME_CHARS = 60
_MAX_GROUPS = 50
_MAX_GROUP_CHARS = 100
USER = (USERS.c.id, USERS.c.name, USERS.c.role, USERS.c.groups, USERS.c.disabled, USERS.c.created)
"""What a User is made of."""
KEY = tuple(column for column in KEYS.c if column.name != "secret_hash")
"""What a Key is made of."""


def user_of(row: Mapping[Any, Any], last_seen: float | None = None) -> User:
    """The person."""
    return User(**{**row, "groups": _groups_of(row["groups"]), "last_seen": last_seen})


def key_of(row: Mapping[Any, Any]) -> Key:
    """The key."""
    return Key(**{**row, "groups": _groups_of(row["groups"]), "scopes": tuple(json.loads(row["scopes"]))})


def hashed(secret: str) -> str:
    """What is kept of a secret that nobody could guess: whoever reads the database can't act by it."""
    return hashlib.sha256(secret.encode("utf8", "replace")).hexdigest()


def folded(name: str) -> str:
    """The name as it is compared."""
    return unicodedata.normalize("NFKC", name.strip()).casefold().encode("utf8", "replace").decode("utf8")


def checked_name(name: str) -> str:
    """The name on one line. Raises AccountError for one that can't be."""
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable():
        raise AccountError(f"名字要有 1 到 {MAX_NAME_CHARS} 个可见的字符", "name")
    return name


def free_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """A name like the one that somebody has elsewhere which nobody has here; `is_taken` is asked for folded ones."""
    printable = "".join(each for each in unicodedata.normalize("NFKC", wanted) if each.isprintable())
    name = " ".join(printable.split())[: MAX_NAME_CHARS - 6].strip() or "?"
    return next(each for n in count(1) if not is_taken(folded(each := name if n == 1 else f"{name} {n}")))


def checked_role(role: str) -> Role:
    """The role. Raises AccountError for a word that is none."""
    if role not in SCOPES_OF:
        raise AccountError(f"没有 {role[:40]!r} 这种角色：请用 {'、'.join(SCOPES_OF)}", "role")
    return role


def checked_scopes(scopes: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes in their order. Raises AccountError for a word that is none, and where there is none."""
    given = set(scopes)
    if not given or given - set(SCOPES):
        wrong = "、".join(sorted(given - set(SCOPES)))[:80] or "（空）"
        raise AccountError(f"没有 {wrong} 这种权限：请用 {'、'.join(SCOPES)}", "scopes")
    return tuple(scope for scope in SCOPES if scope in given)


def groups_json(groups: Iterable[str] | None) -> str:
    """Groups as they are kept. Raises AccountError for names that can't be."""
    if groups is None:
        return "null"
    named = sorted({" ".join(group.split()) for group in groups} - {""})
    if len(named) > _MAX_GROUPS or any(len(name) > _MAX_GROUP_CHARS or not name.isprintable() for name in named):
        raise AccountError(f"读者组最多 {_MAX_GROUPS} 个，名字最多 {_MAX_GROUP_CHARS} 个字符", "groups")
    return json.dumps(named, ensure_ascii=False)


def own_groups(groups: Iterable[str] | None, scopes: Iterable[Scope]) -> tuple[str, ...] | None:
    """The groups of who has these scopes; None for who may change the library, and so has to see what is there.

    Raises AccountError where groups were named for one of those."""
    named = None if groups is None else tuple(groups)
    if {"write", "admin"}.isdisjoint(scopes):
        return named
    if named:
        raise AccountError("能改动文库的要看得到全部，不能限定读者组：请只给读者和只读的密钥设组", "groups")
    return None


def _groups_of(kept: Any) -> tuple[str, ...] | None:
    groups = json.loads(kept)
    return None if groups is None else tuple(groups)
