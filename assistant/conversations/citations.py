"""Citations that resolve for ever: what an answer quoted, kept for whoever got the answer

An id says where a quote stands and holds a digest of its words: 5f0c…-1203-1251-9a1b2c3d. So it can be told at once
whether the words still stand there. What is kept here is for the day when they don't: the document was read anew by
another version, changed, or was removed.
"""

from __future__ import annotations

import json
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import sqlalchemy as sa

from assistant.answers import Answer, Citation, citation_id
from assistant.conversations.schema import bring_up_to_date

_ID = re.compile(r"(?P<document>[0-9A-Za-z]{1,64})-(?P<start>\d{1,9})-(?P<end>\d{1,9})-(?P<digest>[0-9a-f]{8})")
_FIELDS = ("document_id", "title", "publisher", "published", "section", "page", "quote", "start", "end", "uri")
_REMEMBERED = 20_000

TABLES = sa.MetaData()
CITATIONS = sa.Table(
    "citations",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # JSON
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an id says that its quote stands."""

    document_id: str
    start: int
    end: int
    digest: str

    @classmethod
    def of(cls, given: str) -> Place | None:
        """Read from an id; None where it is none."""
        found = _ID.fullmatch(given)
        return cls(found["document"], int(found["start"]), int(found["end"]), found["digest"]) if found else None


class Citations:
    """What was quoted to whom, in a workspace's database. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._reading = engine
        self._writing = engine.execution_options(writes=True)
        with self._writing.begin() as connection:
            shown = engine.url.database or engine.url.render_as_string(hide_password=True)
            bring_up_to_date(connection, shown, tables=TABLES, name="citations", steps=())
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def keep(self, owner: str, answer: Answer) -> None:
        """Keeps what an answer quotes, for its owner; what is kept already costs nothing."""
        with self._lock:
            new = {
                citation_id(each): each for each in answer.citations if (owner, citation_id(each)) not in self._known
            }
        if not new:
            return
        c, now = CITATIONS.c, time.time()
        with self._writing.begin() as connection:
            there = sa.select(c.id).where((c.owner == owner) & c.id.in_(list(new)))
            held = set(connection.execute(there).scalars())
            rows = [
                {"id": key, "owner": owner, "created": now, "content": _packed(each)}
                for key, each in new.items()
                if key not in held
            ]
            if rows:
                connection.execute(CITATIONS.insert(), rows)
        self._remember(owner, new)

    def kept(self, citation: str, owner: str | None) -> dict[str, Any] | None:
        """What was quoted, with `created`, as it was told to `owner`, or with None to anybody; None where it wasn't."""
        c = CITATIONS.c
        query = sa.select(c.content, c.created).where(c.id == citation)
        if owner is not None:
            query = query.where(c.owner == owner)
        with self._reading.begin() as connection:
            found = connection.execute(query.order_by(c.created).limit(1)).first()
        return None if found is None else {**json.loads(found.content), "created": found.created}

    def _remember(self, owner: str, ids: Iterable[str]) -> None:
        with self._lock:
            for each in ids:
                self._known[owner, each] = None
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _packed(citation: Citation) -> str:
    return json.dumps({name: getattr(citation, name) for name in _FIELDS}, ensure_ascii=False)
