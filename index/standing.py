"""Standing: which documents hold, which were repealed, ran out or don't hold yet, by whose words and since when.

What the texts say stands in the catalog (see `sources.relations`). Here it is put together for a whole library: whom
each relation means, by number or by title, and which documents are versions of one rule.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

from index.catalog.rows import DocumentInfo
from sources.mentions.regions import level_of, titled_place
from sources.mentions.titles import as_issued, drafted, is_draft, is_on_trial, is_rule, key_of, name_of
from sources.relations import Relation

State = Literal["现行", "已废止", "已过期", "尚未施行"]
_NO_NAME = re.compile(
    r"(?:实施|管理|工作|具体|有关|若干|相关|补充|操作)*(?:办法|规定|条例|细则|规则|章程|解释|准则|规程|法|通知|意见)?"
)
"""Titles that say of nothing in particular what they rule: two documents of this title needn't be versions of one."""
_OWN_NAME = 10
"""Characters of a title from which two bodies won't have chosen it by chance."""
_LEAST_CALLED = 6
"""Characters of a title's end that name it."""
_WHOLE = re.compile(r"[全我本](?P<sign>[省市县区])(?=[一-鿿])(?![各的]?(?:各|每|哪|几|最))")
_LEVEL_OF_SIGN = {"省": "province", "市": "city", "县": "county", "区": "county"}
_LEAST_OF_HOME = 0.8
"""Of the documents that name a place."""
_LEAST_OF_ALL = 1 / 3
_MOST_PLACED = 5_000
"""Documents: more are no folder of one place, and to look at each title takes 20 µs."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The words of a document that say so."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Bound:
    """A relation with the document that states it and, where the library has it, the one that it is about."""

    source: DocumentInfo
    relation: Relation
    target: str | None
    """The id of the document it is about."""
    since: str
    """Since when it holds: YYYY-MM-DD or less, "" where nothing tells."""

    @property
    def ground(self) -> Ground:
        """Where it is said."""
        return Ground(self.source.id, self.relation.start, self.relation.end)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a document holds, on one day."""

    document_id: str
    state: State
    since: str = ""
    """Since when it is so."""
    until: str = ""
    """Until when it holds, or held."""
    why: str = ""
    """The ground in words, for people: 由《……》废止."""
    by: str | None = None
    """The id of the document that repeals it or takes its place."""
    ground: Ground | None = None
    """The words that say so; None where the dates of versions tell."""
    amended_by: tuple[str, ...] = ()
    """The ids of the documents that change parts of it."""

    @property
    def holds(self) -> bool:
        """Whether it is in force."""
        return self.state == "现行"

    @property
    def in_words(self) -> str:
        """For people: 已废止（2023-10-01起，由《……》废止）, 现行（有效期至2028-09-30）."""
        since = f"{self.since}起" if self.since and self.state == "已废止" else ""
        until = f"有效期至{self.until}" if self.until and self.holds else ""
        changed = "已修改" if self.amended_by and self.holds else ""
        told = "，".join(filter(None, (since, self.why, until, changed)))
        return f"{self.state}（{told}）" if told else self.state


def standing_of(data: Mapping[str, Any] | None) -> Standing | None:
    """A standing back from JSON; None where there is none."""
    if data is None:
        return None
    ground = Ground(**data["ground"]) if data.get("ground") else None
    return Standing(**{**data, "ground": ground, "amended_by": tuple(data.get("amended_by", ()))})


@dataclass(frozen=True, slots=True, eq=False)
class Titles:
    """The documents of a library by what their numbers and titles say; not to be changed."""

    documents: Mapping[str, DocumentInfo]
    """By id, in order."""
    by_number: Mapping[str, tuple[str, ...]]
    by_name: Mapping[str, tuple[str, ...]]
    """Of drafts neither the name nor the key."""
    by_key: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, documents: Sequence[DocumentInfo], *, before: Titles | None = None) -> Titles:
        """Of documents in their order; made from those of the same library `before` where most are the same."""
        whole = {info.id: info for info in documents}
        if before is None:
            return cls(whole, *(_grouped({}, (), documents, called) for called in _CALLED))
        gone = [info for info in before.documents.values() if whole.get(info.id) is not info]
        new = [info for info in documents if before.documents.get(info.id) is not info]
        groups = zip((before.by_number, before.by_name, before.by_key), _CALLED, strict=True)
        return cls(whole, *(_grouped(known, gone, new, called, whole) for known, called in groups))


def _number_of(info: DocumentInfo) -> str | None:
    return as_issued(info.number) if info.number else None


def _name_of(info: DocumentInfo) -> str | None:
    return None if is_draft(info.title) else name_of(info.title)


def _key_of(info: DocumentInfo) -> str | None:
    return None if is_draft(info.title) else key_of(info.title)


_CALLED = (_number_of, _name_of, _key_of)


def _grouped(
    known: Mapping[str, tuple[str, ...]],
    gone: Iterable[DocumentInfo],
    new: Iterable[DocumentInfo],
    called: Callable[[DocumentInfo], str | None],
    whole: Mapping[str, DocumentInfo] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Ids by what their documents are called: those known, without some that are gone, and with new ones."""
    groups = dict(known)
    for info in gone:
        if (name := called(info)) is not None:
            groups[name] = tuple(each for each in groups[name] if each != info.id)
            if not groups[name]:
                del groups[name]
    for info in new:
        if (name := called(info)) is not None:
            beside = groups.get(name)
            if beside is None:
                groups[name] = (info.id,)
            elif whole is None:
                groups[name] = (*beside, info.id)
            else:  # it may come between them
                groups[name] = tuple(sorted((*beside, info.id), key=lambda each: (whole[each].title, each)))
    return groups


class Standings:
    """The standing of every document of a library, for one state of it. Safe to share between threads."""

    def __init__(
        self,
        documents: Sequence[DocumentInfo],
        relations: Iterable[tuple[str, Relation]],
        *,
        wider: Standings | None = None,
        titles: Titles | None = None,
    ) -> None:
        """`relations` are (id of the document that states it, relation); `wider` are the standings of a library that
        this one is a part of: a document that doesn't hold there doesn't here, without that the other one is named.
        `titles` are those of the documents, where they are at hand."""
        self._wider = wider
        titles = Titles.of(documents) if titles is None else titles
        self._documents = titles.documents
        self._by_number, self._by_name, self._by_key = titles.by_number, titles.by_name, titles.by_key
        self._upon: dict[str, list[Bound]] = defaultdict(list)
        self._unknown: list[Bound] = []
        self._stated: dict[str, list[Bound]] = defaultdict(list)
        for source_id, relation in relations:
            source = self._documents.get(source_id)
            if source is not None and not drafted(source.title):  # a draft ends nothing
                self._bind(source, relation)
        self._versions = self._families()
        self._replaced: dict[str, frozenset[str]] = {}

    def of(self, document_id: str, day: str) -> Standing | None:
        """The standing on `day` (YYYY-MM-DD); None of a document that neither says from when it holds nor is a rule
        of which others say something: a report, a speech."""
        own = self._of(document_id, day)
        if self._wider is None or not self._wider.knows(document_id) or (own is not None and not own.holds):
            return own
        theirs = self._wider.of(document_id, day)
        if theirs is None or theirs.holds:
            return own
        return replace(theirs, why=re.sub("《.*》", "另一份文件", theirs.why), by=None, ground=None, amended_by=())

    def _of(self, document_id: str, day: str) -> Standing | None:
        info = self._documents[document_id]
        if drafted(info.title):
            return None
        bound = [each for each in self._upon.get(document_id, ()) if not each.since or each.since <= day]
        amended = tuple(dict.fromkeys(each.source.id for each in bound if each.relation.kind == "amends"))
        until = max((each.relation.until for each in bound if each.relation.kind == "extends"), default="")
        until = until or info.expires or ""
        made = Standing(document_id, "现行", info.in_force or "", until, amended_by=amended)
        ended = [each for each in bound if each.relation.kind in ("repeals", "expires")]
        if ended:
            first = min(ended, key=lambda each: each.since or "9999")
            kind = "废止" if first.relation.kind == "repeals" else "列为失效"
            state: State = "已废止" if first.relation.kind == "repeals" else "已过期"
            by = first.source
            number = by.number if by.number and name_of(by.title) == name_of(info.title) else ""
            why = f"由《{name_of(by.title)}》{f'（{number}）' if number else ''}{kind}"
            return replace(made, state=state, since=first.since, why=why, by=by.id, ground=first.ground)
        later = self._next(document_id, day)
        if later is not None:
            since = begins(later)
            why = f"由{since[:4]}年的《{name_of(later.title)}》代替"
            return replace(made, state="已废止", since=since, why=why, by=later.id)
        if until and _padded(until) < day:
            return replace(made, state="已过期", since=until, why=f"有效期至{until}")
        if info.in_force and info.in_force > day:
            return replace(made, state="尚未施行", since=info.in_force, why=f"自{info.in_force}起施行")
        known = info.in_force or until or bound or len(self.versions(document_id)) > 1
        return made if known else None

    def today(self, document_id: str) -> Standing | None:
        """The standing today; None too of a document that is a copy, or not there."""
        return self.of(document_id, date.today().isoformat()) if self.knows(document_id) else None

    def documents(self) -> list[DocumentInfo]:
        """Every document of the library, in the order in which they were given."""
        return list(self._documents.values())

    def knows(self, document_id: str) -> bool:
        """Whether the document is one of the library's that stand for themselves."""
        return document_id in self._documents

    def info(self, document_id: str) -> DocumentInfo:
        """The document without its text."""
        return self._documents[document_id]

    def title(self, document_id: str) -> str:
        """The document's title."""
        return self._documents[document_id].title

    def titles(self) -> Sequence[tuple[str, str]]:
        """Every document's id and what its title names."""
        return self._names

    @cached_property
    def home(self) -> str:
        """The one place that nearly all documents are of that name any; "" for none."""
        places = Counter(info.regions[0] for info in self._documents.values() if info.regions)
        ((place, count),) = places.most_common(1) or [("", 0)]
        least = max(1, _LEAST_OF_HOME * places.total(), _LEAST_OF_ALL * len(self._documents))
        return place if count >= least else ""

    def called(self, sign: str) -> str:
        """The one place that 全市, 全县 or 全省 can mean here, by its last character; "" where there are several."""
        main = {info.regions[0] for info in self._documents.values() if info.regions} | {*self.placeless.values()}
        of_level = {name for name in main if level_of(name) == _LEVEL_OF_SIGN[sign]}
        named = of_level or {name for name in main if name.endswith(sign)}
        return next(iter(named)) if len(named) == 1 else ""

    def meant_in(self, text: str) -> str:
        """The one place that 全市 or 我县 in a text can mean; "" where there are several, or it says neither."""
        meant = _WHOLE.search(text)
        return self.called(meant["sign"]) if meant else ""

    @cached_property
    def placeless(self) -> Mapping[str, str]:
        """The documents that say of no place that they are of it, by id, each with the one that its title begins with
        or else the home of all."""
        if len(self._documents) > _MOST_PLACED:
            return {}
        by_title = {info.id: titled_place(info.title) for info in self._documents.values() if not info.regions}
        return {id_: place or self.home for id_, place in by_title.items() if place or self.home}

    @cached_property
    def _names(self) -> Sequence[tuple[str, str]]:
        return [(info.id, name_of(info.title)) for info in self._documents.values()]

    def numbered(self, serial: str) -> list[str]:
        """The ids of the documents whose number ends in this serial number."""
        return [each for number, ids in self._by_number.items() if number.endswith(f"〕{serial}号") for each in ids]

    def years(self, document_id: str) -> frozenset[str]:
        """The years in which a document was issued or came into force, and those that its title names."""
        info = self._documents[document_id]
        numbered = re.search(r"〔(\d{4})〕", as_issued(info.number)) if info.number else None
        days = (info.published or "", info.in_force or "", numbered[1] if numbered else "")
        titled = re.findall(r"(?<!\d)(?:19|20)\d\d(?=年)", info.title)
        return frozenset((*titled, *(day[:4] for day in days if day)))

    def held(self, document_id: str, day: str) -> bool:
        """Whether a document was in force on a day, as far as one knows: one that doesn't say when it began was not."""
        own = self.of(document_id, day)
        return bool(own and own.holds and begins(self._documents[document_id]) <= day)

    def replaced(self, day: str) -> frozenset[str]:
        """The ids of the documents whose place another one of the library has taken by a day: it answers for them."""
        if day not in self._replaced:
            known = ((each, self.of(each, day)) for each in {*self._upon, *self._versions})
            gone = (each for each, own in known if own and own.state == "已废止" and own.by and self._follows(own.by))
            self._replaced = {day: frozenset(gone)}
        return self._replaced[day]

    @cached_property
    def drafts(self) -> frozenset[str]:
        """The ids of drafts of what the library has as it was issued: it answers for them."""
        drafted_names = ((info.id, drafted(info.title)) for info in self._documents.values() if is_draft(info.title))
        return frozenset(each for each, name in drafted_names if name and self._by_key.get(key_of(name)))

    def _follows(self, document_id: str) -> bool:
        """Whether a document says what holds instead, rather than only what no longer does."""
        return not re.search("废止|失效|清理", self.title(document_id))

    def upon(self, document_id: str) -> Sequence[Bound]:
        """What others say of a document's standing."""
        return self._upon.get(document_id, ())

    def stated_by(self, document_id: str) -> Sequence[Bound]:
        """What a document says of others."""
        return self._stated.get(document_id, ())

    def told_of(self, text: str) -> list[Bound]:
        """What is said of a document that the library doesn't have and that `text` calls by the end of its title."""
        flat = "".join(text.split())
        called = ((each, name_of(each.relation.title)) for each in self._unknown if each.relation.title)
        ends = (
            (each, max((at for at in range(len(name)) if name[-at - 1 :] in flat), default=-1) + 1, name)
            for each, name in called
        )
        near = [(each, length) for each, length, name in ends if length >= max(_LEAST_CALLED, len(name) / 2)]
        most = max((length for _, length in near), default=0)
        return [each for each, length in near if length == most]

    def ended_elsewhere(self) -> list[Bound]:
        """What is said to be repealed or to have run out, of documents that the library doesn't have."""
        return [each for each in self._unknown if each.relation.kind in ("repeals", "expires")]

    def about(self, *, title: str = "", number: str = "") -> list[Bound]:
        """What is said of a document that the library doesn't have, by its number or its title."""
        return [
            each
            for each in self._unknown
            if (number and each.relation.number == number)
            or (title and each.relation.title and key_of(each.relation.title) == key_of(title))
        ]

    def versions(self, document_id: str) -> tuple[str, ...]:
        """The versions of the rule that a document is one of, the oldest first, itself among them."""
        return self._versions.get(document_id, (document_id,))

    def is_version(self, document_id: str) -> bool:
        """Whether the document is one of several versions of a rule."""
        return document_id in self._versions

    def families(self) -> list[tuple[str, ...]]:
        """Every rule that the library has several versions of, the oldest first."""
        return list(dict.fromkeys(each for each in self._versions.values()))

    def named(self, *, title: str = "", number: str = "") -> list[str]:
        """The ids of the documents of just this number or, with no number, of just this title."""
        if number:
            return list(self._by_number.get(as_issued(number), ()))
        return list(self._by_name.get(name_of(title), ()) or self._by_key.get(key_of(title), ()))

    def _bind(self, source: DocumentInfo, relation: Relation) -> None:
        since = relation.since or source.in_force or source.published or ""
        targets: Sequence[str | None] = self._targets(source, relation) or (None,)
        for target in targets:
            bound = Bound(source, relation, target, since)
            self._stated[source.id].append(bound)
            if target is None:
                self._unknown.append(bound)
            else:
                self._upon[target].append(bound)

    def _targets(self, source: DocumentInfo, relation: Relation) -> list[str]:
        """Whom a relation means. A title means the versions before the document that says so, never itself."""
        found: Sequence[str] = self.named(number=relation.number) if relation.number else []
        if not found and relation.title:
            found = self._by_name.get(name_of(relation.title), [])
            if not found:
                on_trial = is_on_trial(relation.title)
                keyed: Sequence[str] = self._by_key.get(key_of(relation.title), [])
                found = [each for each in keyed if is_on_trial(self._documents[each].title) == on_trial]
            if relation.number:  # a version of another number is another one
                found = [each for each in found if not self._documents[each].number]
        since = begins(source)
        earlier = [
            each
            for each in found
            if each != source.id and not (since and (own := begins(self._documents[each])) and own > since)
        ]
        if relation.kind != "repeals" and len(earlier) > 1:  # only the last version can still be changed
            return [max(earlier, key=lambda each: begins(self._documents[each]))]
        return earlier

    def _families(self) -> dict[str, tuple[str, ...]]:
        """For each document of a rule with several versions all of them, the oldest first."""
        families: dict[str, tuple[str, ...]] = {}
        for key, ids in self._by_key.items():
            if len(ids) < 2 or _NO_NAME.fullmatch(key):
                continue
            ended = {
                each
                for each in ids
                if any(
                    bound.relation.kind == "repeals" and bound.source.id in ids for bound in self._upon.get(each, ())
                )
            }
            ordered = sorted(ids, key=lambda each: (begins(self._documents[each]), each not in ended, each))
            rules = [each for each in ordered if is_rule(self._documents[each].title) or each in ended or ended]
            dated = [each for each in rules if begins(self._documents[each])]
            if len(dated) > 1 and (ended or _of_one_body([self._documents[each] for each in dated])):
                families |= dict.fromkeys(dated, tuple(dated))
        return families

    def _next(self, document_id: str, day: str) -> DocumentInfo | None:
        """The version after a document that holds on `day`; None where it is the last one by then."""
        versions = self.versions(document_id)
        own = begins(self._documents[document_id])
        later = (self._documents[each] for each in versions[versions.index(document_id) + 1 :])
        return next((each for each in later if own < begins(each) <= day), None)


def begins(info: DocumentInfo) -> str:
    """From when a document holds as it stands: its first day, or the later one on which an amended text came out; ""
    where nothing tells."""
    return max(info.in_force or "", info.published or "")


def _of_one_body(documents: Sequence[DocumentInfo]) -> bool:
    """Whether nothing says that the documents are of different bodies: two cities may have a rule of the same name."""
    bodies = {info.publisher for info in documents if info.publisher}
    return len(bodies) <= 1 or len(key_of(documents[0].title)) > _OWN_NAME


def _padded(day: str) -> str:
    """The last day of a month or year, as far as a comparison of texts goes."""
    return day if len(day) == 10 else f"{day}-99"
