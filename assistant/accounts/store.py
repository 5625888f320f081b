"""Accounts: people who log in with a password, programs that come with a key, and the log of what they did

    accounts = Accounts.of(workspace)
    accounts.add_user("陈晨", "…", role="admin")
    token = accounts.sign_in("陈晨", "…", "192.0.2.7")
    accounts.of_session(token)                         # a Principal, until the session ends

Of a session and a key only hashes are kept, of a password an argon2id hash.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assistant.accounts import attempts, audit
from assistant.accounts.passwords import MAX_CHARS, Passwords, checked_password
from assistant.accounts.records import (
    KEY_PER_DAY,
    KEY_PER_MINUTE,
    SCOPES_OF,
    AccountError,
    Entry,
    Key,
    NoSuchError,
    Principal,
    Role,
    Scope,
    User,
    WrongPasswordError,
)
from assistant.accounts.rows import (
    KEY,
    USER,
    checked_name,
    checked_role,
    checked_scopes,
    folded,
    free_name,
    groups_json,
    hashed,
    key_of,
    own_groups,
    user_of,
)
from assistant.accounts.schema import AUDIT, KEYS, SESSIONS, USERS, make_tables
from assistant.answers import new_id

if TYPE_CHECKING:
    from assistant.conversations.store import Workspace

IDLE_S = 7 * 24 * 3600.0
"""A session that nothing was asked in for so long is over."""
LONGEST_S = 30 * 24 * 3600.0
"""And one that began so long ago, whatever was asked."""
_TOUCHED_S = 60.0
"""How often it is written down that a session or a key is used."""
_REMEMBERED_S = 3.0
"""How long an answer of the database counts: what another process takes back ends after that at the latest."""
_MOST_REMEMBERED = 2000
_KEY_START = "yj_"
_PREFIX_CHARS = 10


class Accounts:
    """People, keys and the log, in a workspace's database. Safe to use from several threads, and processes."""

    def __init__(self, engine: sa.Engine, *, passwords: Passwords | None = None) -> None:
        make_tables(engine)
        self._reading = engine
        self._writing = engine.execution_options(writes=True)
        self._passwords = passwords or Passwords()
        self._remembered: dict[str, tuple[Principal | None, float]] = {}
        self._changes = 0
        self._lock = threading.Lock()
        self._has_any = False
        self._looked = 0.0

    @classmethod
    def of(cls, workspace: Workspace, *, passwords: Passwords | None = None) -> Accounts:
        """Those kept beside a workspace's conversations. The workspace is closed by whoever opened it."""
        return cls(workspace.engine, passwords=passwords)

    # --- who asks --------------------------------------------------------------------------------------------------

    def exist(self) -> bool:
        """Whether there is an account or a key, revoked ones too: then nobody gets in without one.

        Once it was so it stays so for this object: a running server isn't opened by taking away the last one.
        """
        now = time.monotonic()
        if not self._has_any and (not self._looked or now - self._looked > _REMEMBERED_S):
            self._has_any = self.count() > 0
            self._looked = now
        return self._has_any

    def count(self) -> int:
        """How many accounts and keys there are, revoked ones too."""
        with self._reading.begin() as connection:
            return sum(
                int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
                for table in (USERS, KEYS)
            )

    def of_session(self, token: str) -> Principal | None:
        """Whose session it is; None where it is over, was ended, or never was."""
        return self._recalled(f"session:{hashed(token)}", lambda: self._session(hashed(token)))

    def of_key(self, secret: str) -> Principal | None:
        """Whose key it is; None where it is over, was revoked, or never was."""
        if not secret.startswith(_KEY_START) or len(secret) > 100:
            return None
        return self._recalled(f"key:{hashed(secret)}", lambda: self._key(hashed(secret)))

    def sign_in(self, name: str, password: str, address: str) -> str:
        """The token of a new session, to be given to `of_session`.

        Raises WrongPasswordError, and ThrottledError after too many of those under this name or from this address.
        """
        own = folded(name)
        with self._writing.begin() as connection:
            attempts.begin(connection, own, address, time.time())
            row = connection.execute(sa.select(USERS).where(USERS.c.folded == own)).mappings().one_or_none()
        kept = row["hash"] if row is not None and not row["disabled"] else None
        fits = self._passwords.fits(password[: MAX_CHARS + 1], kept)
        token = secrets.token_urlsafe(32)
        if not fits or row is None:
            # What was typed for a name isn't noted unless it is one: it may be a password.
            self.note(row["name"] if row is not None else "", "login-failed", address=address)
            raise WrongPasswordError("名字或密码不对")
        with self._writing.begin() as connection:
            attempts.succeeded(connection, own, address)
            now = time.time()
            connection.execute(SESSIONS.delete().where(SESSIONS.c.created < now - LONGEST_S))
            session = {"token_hash": hashed(token), "user_id": row["id"], "created": now, "seen": now}
            connection.execute(SESSIONS.insert().values(session))
            if self._passwords.is_outdated(str(kept)):
                renewed = USERS.update().where(USERS.c.id == row["id"])
                connection.execute(renewed.values(hash=self._passwords.hashed(password)))
            audit.note(connection, row["name"], "login", address=address)
        return token

    def sign_in_as(
        self, subject: str, name: str, *, groups: Iterable[str] | None, is_admin: bool | None, address: str
    ) -> str:
        """The token of a new session of the person whom a provider calls `subject`: an account of theirs is made where
        there is none, called `name`, or like it where that is taken. Its groups, and whether it administers, are as the
        provider says, where it does. Raises AccountError where the account is disabled.
        """
        token, now = secrets.token_urlsafe(32), time.time()
        with self._writing.begin() as connection:
            row = connection.execute(sa.select(*USER).where(USERS.c.subject == subject)).mappings().one_or_none()
            if row is None:
                free = free_name(
                    name, lambda own: bool(connection.scalar(sa.exists().where(USERS.c.folded == own).select()))
                )
                made: dict[str, object] = {
                    "id": new_id(),
                    "name": free,
                    "folded": folded(free),
                    "hash": "",
                    "subject": subject,
                }
                made |= {"role": "reader", "groups": groups_json(()), "disabled": False, "created": now}
                connection.execute(USERS.insert().values(made))
                row = connection.execute(sa.select(*USER).where(USERS.c.subject == subject)).mappings().one()
            before = user_of(row)
            if before.disabled:
                audit.note(connection, before.name, "login-failed", address=address)
                raise AccountError("这个账号已停用。请联系管理员")
            role: Role = before.role
            if is_admin is not None and is_admin != (role == "admin"):
                role = "admin" if is_admin else "reader"
            seen = before.groups if groups is None else tuple(groups)
            kept = groups_json(None if role != "reader" else seen or ())
            connection.execute(USERS.update().where(USERS.c.id == before.id).values(role=role, groups=kept))
            connection.execute(SESSIONS.delete().where(SESSIONS.c.created < now - LONGEST_S))
            session = {"token_hash": hashed(token), "user_id": before.id, "created": now, "seen": now}
            connection.execute(SESSIONS.insert().values(session))
            audit.note(connection, before.name, "login", address=address)
        self._forget()
        return token

    def sign_out(self, token: str) -> None:
        """Ends a session."""
        self._change(SESSIONS.delete().where(SESSIONS.c.token_hash == hashed(token)))

    # --- people ----------------------------------------------------------------------------------------------------

    def users(self) -> list[User]:
        """Everybody, by name, with when they were last seen."""
        seen = sa.select(sa.func.max(SESSIONS.c.seen)).where(SESSIONS.c.user_id == USERS.c.id).scalar_subquery()
        query = sa.select(*USER, seen.label("last_seen")).order_by(USERS.c.folded)
        with self._reading.begin() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [user_of(row, row.pop("last_seen")) for row in rows]

    def user(self, which: str) -> User:
        """The account of this id or name. Raises NoSuchError."""
        with self._reading.begin() as connection:
            return _user(connection, which)

    def add_user(self, name: str, password: str, *, role: str, groups: Iterable[str] | None = ()) -> User:
        """A new account. Raises AccountError for a name that is taken, and for what can't be."""
        name, own = checked_name(name), checked_role(role)
        kept = self._passwords.hashed(checked_password(password, name))
        user = {"id": new_id(), "name": name, "role": own, "disabled": False, "created": time.time()}
        user["groups"] = groups_json(own_groups(groups, SCOPES_OF[own]))
        try:
            self._change(USERS.insert().values(user | {"folded": folded(name), "hash": kept}))
        except sa.exc.IntegrityError:
            raise AccountError(f"已有名为“{name}”的账号：请换一个名字", "name") from None
        return self.user(str(user["id"]))

    def change_user(
        self,
        which: str,
        *,
        role: str | None = None,
        groups: Iterable[str] | None = None,
        all_groups: bool = False,
        disabled: bool | None = None,
        password: str | None = None,
        keep: str = "",
    ) -> User:
        """Changes what is given. A new password, and being disabled, end the person's sessions, but for that whose
        token is `keep`. Raises NoSuchError, and AccountError for what can't be or would leave no administrator."""
        hash_of = None
        if password is not None:
            hash_of = self._passwords.hashed(checked_password(password, self.user(which).name))
        with self._writing.begin() as connection:
            before = _user(connection, which)
            own: Role = checked_role(role) if role is not None else before.role
            values: dict[str, object] = {"role": own}
            if own != "reader" or all_groups:
                values["groups"] = groups_json(None if all_groups else own_groups(groups or (), SCOPES_OF[own]))
            elif groups is not None or before.role != "reader":
                values["groups"] = groups_json(groups or ())
            if disabled is not None:
                values["disabled"] = disabled
            if hash_of is not None:
                values["hash"] = hash_of
            if before.role == "admin" and not before.disabled and (own != "admin" or disabled):
                _keep_an_admin(connection, before.id)
            connection.execute(USERS.update().where(USERS.c.id == before.id).values(values))
            if disabled or hash_of is not None:
                theirs = (SESSIONS.c.user_id == before.id) & (SESSIONS.c.token_hash != hashed(keep))
                connection.execute(SESSIONS.delete().where(theirs))
        self._forget()
        return self.user(before.id)

    def change_password(self, which: str, old: str, new: str, *, address: str, keep: str = "") -> None:
        """Gives a person the password that they chose, who know the one before. Raises WrongPasswordError,
        ThrottledError, AccountError."""
        user = self.user(which)
        with self._writing.begin() as connection:
            attempts.begin(connection, folded(user.name), address, time.time())
            kept = connection.execute(sa.select(USERS.c.hash).where(USERS.c.id == user.id)).scalar()
        if not self._passwords.fits(old[: MAX_CHARS + 1], kept):
            raise WrongPasswordError("现在的密码不对", "current")
        with self._writing.begin() as connection:
            attempts.succeeded(connection, folded(user.name), address)
        self.change_user(user.id, password=new, keep=keep)

    def remove_user(self, which: str, *, even_last: bool = False) -> User:
        """Takes an account away, with its sessions; gives back what it was. Raises NoSuchError, and unless `even_last`
        AccountError for the last administrator."""
        with self._writing.begin() as connection:
            user = _user(connection, which)
            if user.role == "admin" and not even_last:
                _keep_an_admin(connection, user.id)
            connection.execute(SESSIONS.delete().where(SESSIONS.c.user_id == user.id))
            connection.execute(USERS.delete().where(USERS.c.id == user.id))
        self._forget()
        return user

    # --- keys ------------------------------------------------------------------------------------------------------

    def all_keys(self) -> list[Key]:
        """All of them, the newest first; those that were revoked, too."""
        with self._reading.begin() as connection:
            return [
                key_of(row) for row in connection.execute(sa.select(*KEY).order_by(KEYS.c.created.desc())).mappings()
            ]

    def add_key(
        self,
        name: str,
        *,
        scopes: Iterable[str] = ("ask", "read"),
        groups: Iterable[str] | None = (),
        days: int | None = None,
        per_minute: int = KEY_PER_MINUTE,
        per_day: int = KEY_PER_DAY,
    ) -> tuple[str, Key]:
        """A new key, good for `days` or until it is revoked, after its secret, which nobody can look up later.

        Raises AccountError for what can't be."""
        own: tuple[Scope, ...] = checked_scopes(scopes)
        for limit, field in ((per_minute, "per_minute"), (per_day, "per_day"), (days, "days")):
            if limit is not None and not 1 <= limit <= 10_000_000:
                raise AccountError(f"{limit} 太小或太大：请用 1 以上的数", field)
        secret, now = _KEY_START + secrets.token_urlsafe(32), time.time()
        row: dict[str, Any] = {
            "id": new_id(),
            "name": checked_name(name),
            "prefix": secret[:_PREFIX_CHARS],
            "scopes": json.dumps(own),
            "groups": groups_json(own_groups(groups, own)),
            "per_minute": per_minute,
            "per_day": per_day,
            "created": now,
            "expires": None if days is None else now + days * 86400,
            "last_used": None,
            "revoked": None,
        }
        self._change(KEYS.insert().values(row | {"secret_hash": hashed(secret)}))
        return secret, key_of(row)

    def revoke_key(self, which: str) -> Key:
        """Ends the key of this id, prefix or name for good. Raises NoSuchError, and AccountError where it is that of
        several."""
        k = KEYS.c
        with self._writing.begin() as connection:
            named = (k.id == which) | (k.prefix == which) | (k.name == which)
            query = sa.select(*KEY).where(named & k.revoked.is_(None))
            found = [key_of(row) for row in connection.execute(query).mappings()]
            if not found:
                raise NoSuchError(f"没有叫“{which[:60]}”的有效密钥")
            if len(found) > 1:
                raise AccountError(f"叫“{which[:60]}”的密钥不止一个：请写它的开头 {'、'.join(k.prefix for k in found)}")
            ended = replace(found[0], revoked=time.time())
            connection.execute(KEYS.update().where(k.id == ended.id).values(revoked=ended.revoked))
        self._forget()
        return ended

    # --- the log ---------------------------------------------------------------------------------------------------

    def note(self, who: str, what: str, *, detail: str = "", address: str = "") -> None:
        """Writes down what was done; never a secret."""
        with self._writing.begin() as connection:
            audit.note(connection, who, what, detail=detail, address=address)

    def log(self, *, limit: int = 100, before: int | None = None) -> list[Entry]:
        """What was done, the newest first, before the entry of a number where one is given."""
        with self._reading.begin() as connection:
            return audit.entries(connection, limit=limit, before=before)

    def logged(self) -> int:
        """How many entries there are."""
        with self._reading.begin() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar_one())

    # --- inside ----------------------------------------------------------------------------------------------------

    def _session(self, token_hash: str) -> Principal | None:
        now, s = time.time(), SESSIONS.c
        query = sa.select(s.created.label("began"), s.seen, *USER).join(USERS).where(s.token_hash == token_hash)
        with self._reading.begin() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None or row["disabled"]:
            return None
        began, seen = row["began"], row["seen"]
        if now - began > LONGEST_S or now - seen > IDLE_S:
            return None
        if now - seen > _TOUCHED_S:
            with self._writing.begin() as connection:
                connection.execute(SESSIONS.update().where(s.token_hash == token_hash).values(seen=now))
        return user_of({column.name: row[column] for column in USER}).principal()

    def _key(self, secret_hash: str) -> Principal | None:
        now = time.time()
        with self._reading.begin() as connection:
            found = (
                connection.execute(sa.select(*KEY).where(KEYS.c.secret_hash == secret_hash)).mappings().one_or_none()
            )
        if found is None or not (key := key_of(found)).is_valid(now):
            return None
        if key.last_used is None or now - key.last_used > _TOUCHED_S:
            with self._writing.begin() as connection:
                connection.execute(KEYS.update().where(KEYS.c.id == key.id).values(last_used=now))
        return key.principal()

    def _recalled(self, name: str, look: Callable[[], Principal | None]) -> Principal | None:
        now = time.monotonic()
        with self._lock:
            known = self._remembered.get(name)
        if known is not None and now < known[1]:
            return known[0]
        with self._lock:
            since = self._changes
        found = look()
        with self._lock:
            if since == self._changes:  # else it may be of the time before
                if len(self._remembered) >= _MOST_REMEMBERED:
                    self._remembered.clear()
                self._remembered[name] = (found, now + _REMEMBERED_S)
        return found

    def _forget(self) -> None:
        with self._lock:
            self._changes += 1
            self._remembered.clear()
            self._looked = 0.0

    def _change(self, statement: sa.Executable) -> None:
        with self._writing.begin() as connection:
            connection.execute(statement)
        self._forget()


def _user(connection: sa.Connection, which: str) -> User:
    for column, value in ((USERS.c.id, which), (USERS.c.folded, folded(which))):
        row = connection.execute(sa.select(*USER).where(column == value.replace("\0", ""))).mappings().one_or_none()
        if row is not None:
            return user_of(row)
    raise NoSuchError(f"没有叫“{which[:60]}”的账号")


def _keep_an_admin(connection: sa.Connection, but: str) -> None:
    """Raises AccountError where nobody but this one could administer."""
    others = (USERS.c.role == "admin") & ~USERS.c.disabled & (USERS.c.id != but)
    if connection.execute(sa.select(USERS.c.id).where(others).limit(1)).first() is None:
        raise AccountError("这是唯一能用的管理员账号：请先让另一个账号当管理员")
