"""The gazetteer: the places of the country, and those that only documents know

Which places there are stands in a table. A folder may be about others, new ones or made up: what its documents show to
be a place (see `sources.mentions.unlisted`) is learned, for as long as the process runs.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, wraps
from importlib import resources
from typing import Literal, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

Level = Literal["country", "province", "city", "county", "town", "village", ""]
_LEVEL_OF_SIGN: dict[str, Level] = {"市": "city", "县": "county", "区": "county"}
_NO_SHORT_NAME = re.compile("[新发开业范验能]区$")
"""经开区, 高新区: what stands before 区 is no name by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the gazetteer. Several places may have one name (江北区 of 宁波市 and of 重庆市)."""

    name: str
    level: Level
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """Places by how they are spelt; never changed."""

    places: Mapping[str, Place]
    names: Mapping[str, str]
    """Spelling → full name, "" for what is no place."""
    latin_names: Mapping[str, str]
    """Lower-case English name → full name."""
    spellings: Mapping[str, Mapping[str, str]]
    """First two characters → every spelling that starts so, longest first → full name."""
    starts: re.Pattern[str]
    """Finds the two characters that a spelling may start with; zero width, so that no start is missed."""
    learned: Mapping[str, str]
    """What documents taught: full name → what it is part of, "" where nothing tells."""

    @classmethod
    def of(
        cls,
        places: Mapping[str, Place],
        names: Mapping[str, str],
        latin_names: Mapping[str, str],
        learned: Mapping[str, str],
    ) -> Gazetteer:
        """With what spellings are found by."""
        spellings: dict[str, dict[str, str]] = {}
        for spelling in sorted(names, key=lambda word: -len(word)):
            spellings.setdefault(spelling[:2], {})[spelling] = names[spelling]
        first, second = ("".join(sorted({key[at] for key in spellings})) for at in (0, 1))
        return cls(places, names, latin_names, spellings, re.compile(f"(?=[{first}][{second}])"), learned)


@lru_cache(maxsize=1)
def _listed() -> Gazetteer:
    lines = (resources.files("sources") / "gazetteer" / "places.tsv").read_text("utf-8").splitlines()
    places: dict[str, Place] = {}
    names: dict[str, str] = {}
    latin: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") or not line:
            continue
        level, name, parent, others = line.split("\t")
        if level == "word":
            names[name] = ""
            continue
        known = places.get(name)
        parents = (*known.parents, parent) if known else (parent,)
        places[name] = Place(name, level, parents)  # type: ignore[arg-type]
        names[name] = name
        for other in filter(None, others.split("|")):
            if other.isascii():
                latin.setdefault(other.lower(), name)
            else:
                names.setdefault(other, name)
    return Gazetteer.of(places, names, latin, {})


class _Known:
    """What is known by now. Safe to share between threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.book: Gazetteer | None = None


_known = _Known()
_reading: ContextVar[Gazetteer | None] = ContextVar("what a document that is being read knows", default=None)


def gazetteer() -> Gazetteer:
    """All that is known by now; another object once something has been learned."""
    return _reading.get() or _known.book or _listed()


@contextmanager
def reading(places: Mapping[str, str]) -> Iterator[None]:
    """Nothing but what is listed and these places is known: what is read in a document depends on no other."""
    token = _reading.set(_with(places))
    try:
        yield
    finally:
        _reading.reset(token)


def is_listed(name: str) -> bool:
    """Whether the gazetteer has a place, or a word, of this spelling from the beginning."""
    return name in _listed().names


def can_be_learned(name: str) -> bool:
    """Whether it ends as the names of cities, counties and districts do, and isn't listed."""
    return name[-1:] in _LEVEL_OF_SIGN and not is_listed(name)


def learn(places: Mapping[str, str]) -> None:
    """Know these places from now on: full names with what they are part of, "" where nothing tells.

    Names that are listed, or don't end as those of cities, counties and districts do, are passed over; and what a
    county can't be part of.
    """
    with _known.lock:
        learned = dict(_known.book.learned if _known.book else {})
        new = {name: above for name, above in places.items() if above or name not in learned}
        if not new.items() <= learned.items():
            _known.book = _with({**learned, **new})


@lru_cache(maxsize=64)
def _together(places: frozenset[tuple[str, str]]) -> Gazetteer:
    listed = _listed()
    # A town among a city's counties is one of them; among cities it is their peer.
    counties, towns = (Counter(above for name, above in places if (name[-1:] == "市") == of) for of in (False, True))
    learned = {
        name: above
        if holds_counties(above) and (name[-1] != "市" or (name != above and towns[above] <= counties[above]))
        else ""
        for name, above in sorted(places)
        if can_be_learned(name)
    }
    if not learned:
        return listed
    found = {
        name: Place(name, "county" if above else _LEVEL_OF_SIGN[name[-1]], (above,) if above else ())
        for name, above in learned.items()
    }
    names = dict(listed.names)
    for name in learned:
        names[name] = name
        if len(name) > 2 and not _NO_SHORT_NAME.search(name):
            names.setdefault(name[:-1], name)
    return Gazetteer.of({**listed.places, **found}, names, listed.latin_names, dict(places))


def _with(places: Mapping[str, str]) -> Gazetteer:
    return _together(frozenset(places.items()))


def holds_counties(name: str) -> bool:
    """Whether it is a province or a city, or is called as a city is."""
    place = _listed().places.get(name)
    return place.level in ("province", "city") if place else name.endswith("市")


def remembered(maxsize: int) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """`lru_cache` for what is found by the names of places: forgotten once another place is known."""

    def of(make: Callable[_P, _T]) -> Callable[_P, _T]:
        @lru_cache(maxsize)
        def known_by(_: Gazetteer, *args: _P.args, **kwargs: _P.kwargs) -> _T:
            return make(*args, **kwargs)

        @wraps(make)
        def found(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            return known_by(gazetteer(), *args, **kwargs)  # type: ignore[arg-type]

        return found

    return of


def place_names() -> frozenset[str]:
    """The Chinese names of every listed place, full and short."""
    return frozenset(spelling for spelling, name in _listed().names.items() if name)
