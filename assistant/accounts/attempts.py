"""Tries to log in: after some failures each further one has to wait longer

A try is counted before the password is looked at, and taken back when it fits, so that many at once count as many.
"""

from __future__ import annotations

import hashlib
import math

import sqlalchemy as sa

from assistant.accounts.records import ThrottledError
from assistant.accounts.schema import ATTEMPTS

FREE_OF_NAME = 5
FREE_OF_ADDRESS = 20
"""More: several people may share one."""
MAX_WAIT_S = 900.0
_FORGOTTEN_S = 24 * 3600.0


def begin(connection: sa.Connection, name: str, address: str, now: float) -> None:
    """Counts a try under a folded name, from an address. Raises ThrottledError, and counts nothing, before its time."""
    a = ATTEMPTS.c
    connection.execute(ATTEMPTS.delete().where(a.last < now - _FORGOTTEN_S))
    counted = []
    for subject, free in _subjects(name, address):
        row = connection.execute(
            sa.select(a.failures, a.last).where(a.subject == subject).with_for_update()
        ).one_or_none()
        failures, last = row or (0, 0.0)
        if failures >= free:
            left = last + min(2.0 ** (failures - free + 1), MAX_WAIT_S) - now
            if left > 0:
                raise ThrottledError(f"登录失败的次数太多：请在 {waiting(left)}后再试", left)
        counted.append((subject, failures, row is None))
    for subject, failures, is_new in counted:
        values = {"subject": subject, "failures": failures + 1, "last": now}
        changed = ATTEMPTS.insert() if is_new else ATTEMPTS.update().where(a.subject == subject)
        connection.execute(changed.values(values))


def succeeded(connection: sa.Connection, name: str, address: str) -> None:
    """Forgets the failures of the name; the address keeps those that came before."""
    (of_name, _), (of_address, _) = _subjects(name, address)
    connection.execute(ATTEMPTS.delete().where(ATTEMPTS.c.subject == of_name))
    own = (ATTEMPTS.c.subject == of_address) & (ATTEMPTS.c.failures > 0)
    connection.execute(ATTEMPTS.update().where(own).values(failures=ATTEMPTS.c.failures - 1))


def waiting(seconds: float) -> str:
    """A time to wait, in words: 8 秒, 3 分钟."""
    whole = math.ceil(seconds)
    return f"{whole} 秒" if whole < 120 else f"{math.ceil(whole / 60)} 分钟"


def _subjects(name: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    def hashed(kind: str, value: str) -> str:
        return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()

    return (hashed("name", name), FREE_OF_NAME), (hashed("address", address), FREE_OF_ADDRESS)
