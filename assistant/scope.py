"""Scope: which documents a question is about, by title, number, issuer or version; with no word on it, those that hold.

《云岭市租房补贴办法》规定每月补多少      云政办发〔2024〕9号里怎么说      住建局那份通知      2021年的试行办法里
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.answers import Turn
from assistant.library import Library, Scope
from assistant.question.conversation import understand
from assistant.question.question import Question, is_completed
from assistant.speakers import speaker
from index.filters import TODAY, Filter
from index.standing import Standings
from sources.mentions.regions import regions
from sources.mentions.titles import TYPES, Name, is_on_trial, key_of, names, within

_LEAD = r"(?:请问|根据|按照?|依据|依照|参照|对照|查一下|在|看一?下?)?\s*"
_TRAIL = (
    r"\s*(?:[（(][^（）()]{0,20}[）)])?(?:这|那)?(?:[份个篇])?(?:文件|通知)?(?:里面?|中|内|上)?(?:的)?"
    r"(?:都?(?:规定|要求|提出|明确|指出|写明|载明)(?:了|的|是|，|,)?)?(?:的|[，,])?\s*"
)
_KINDS = f"{TYPES}|文件|政策|版本|版"
_KIND = re.compile(rf"(?:{_KINDS})")
_GENERIC = re.compile(
    rf"工作|实施|管理|行动|专项|总体|具体|这[份个]|那[份个]|[这该本此]|相关|有关|若干|年度|试行|暂行|现行|的|新|旧|{TYPES}"
)
_YEAR = (
    r"(?P<year>(?:19|20)\d\d)年?(?:\d{1,2}月)?(?:度|版|印发|发布|出台|施行|制定|修订|发)?(?:那[份个版]|这[份个版])?的?"
)
_ISSUER = (
    r"(?P<issuer>[一-鿿]{1,10}?(?:局|委|委员会|办|办公室|厅|部|院|处|政府|中心))"
    r"(?:(?:印发|下发|发布|出台|制定|发|出)的?|的)?(?:那|这)?[份个篇]?"
)
_EDITION = (
    r"(?P<edition>试行|暂行|旧版?|老|原来|原|以前|之前|过去|废止|失效|新版?|最新|现行|修订后|新修订|修订)"
    r"(?:版)?的?(?:那[份个])?"
)
_BEFORE = re.compile(rf"(?:{_YEAR})?(?:{_ISSUER})?(?:{_EDITION})?$")
_SERIAL = re.compile(r"第?(?<!\d)(?P<serial>\d{1,4})号(?:文件|文|通知|办法|规定|方案|意见)")
_THAT_ONE = re.compile(r"(?P<topic>[一-鿿]{2,10}?)(?:方面)?(?:的?(?:那[份个篇]|这[份篇])(?:关于)?|的)$")
_OLD = frozenset(("旧", "旧版", "老", "原", "原来", "以前", "之前", "过去", "废止", "失效"))
_ON_TRIAL = frozenset(("试行", "暂行"))
_COMPARES = re.compile(
    r"变化|变动|改了|修改了|调整了|修订了|改动|不同|不一样|区别|差异|对比|相比|新旧|新老|[跟与和同比][^，。？?]{1,24}(?:比|差)"
    r"|比(?:原来|以前|之前|过去|旧|老|试行|(?:19|20)\d\d年)|较(?:原来|以前|之前|过去|旧|老|试行)"
    r"|(?:提高|降低|增加|减少|放宽|缩短|延长|上调|下调|多|少|涨)了?(?:多少|几)"
)
_OF_VERSIONS = re.compile(
    r"原来|以前|之前|过去|新旧|新老|[新旧老](?:办法|规定|政策|条例|版|标准)|修订|试行|调整(?:前|后|了)|新版|旧版|变化|变动|不同|区别"
    r"|比(?:19|20)\d\d年的?(?:多|少|高|低|提|增|减|长|短|放|延|缩)"
)
_OF_DRAFTS = re.compile("征求意见|意见稿|草案|草稿|送审|讨论稿|初稿|采纳|原先|当初")
_BEFORE_ENTITIES = re.compile(r"[，,。；;：:？?！!\s]")
_LEAST_ALIKE = 0.8
"""Share of common character pairs of two titles, one of which is the other misspelt."""
_LEAST_PHRASE = 2
"""Characters that a part of a title must have beside words that stand in every other title."""
_MOST_PHRASE = 40


@dataclass(frozen=True, slots=True)
class Scoped:
    """A question with what it may be answered from."""

    question: Question
    """Without the names of the documents, which no sentence repeats."""
    library: Library
    wider: tuple[Question, Library] | None = None
    """What else to try where nothing is found: the name may mean no document."""


@dataclass(frozen=True, slots=True)
class _Reference:
    """Words that mean documents."""

    start: int
    end: int
    documents: frozenset[str] = frozenset()
    unknown: Name | None = None
    near: tuple[str, ...] = ()
    firm: bool = True


def scoped(text: str, history: Sequence[Turn], library: Library) -> Scoped:
    """The question that `text` asks, and the library limited to what it asks about.

    Raises ValueError for an empty one.
    """
    standings = library.standings()  # and with them what places its documents are of
    library = library.in_places(standings.placeless)
    understood = understand(text, history=history)
    asked = understood.standalone if is_completed(understood) else understood.text
    drafts = frozenset[str]() if _OF_DRAFTS.search(asked) else standings.drafts
    held = library.without(standings.replaced(library.today()) | drafts)
    references = _references(asked, library, standings)
    if len(references) == 1 and not _of_all(references[0], understood):
        references = []
    bare = _without(asked, references)
    compares = bool(_COMPARES.search(asked))
    if not references and compares and (found := _versions_found(understood, library, standings)):
        references = [_Reference(0, 0, found, firm=False)]
    if not references:
        return Scoped(_at_home(understood if bare == asked else _understood(understood, bare), standings), held)
    ids = frozenset().union(*(each.documents for each in references))
    family = next((each for each in map(standings.versions, sorted(ids)) if len(each) > 1), ())
    if compares and (len(family) > 1 or any(_amendments(each, standings) for each in ids)):
        ids |= frozenset(family)
    named = ids
    ids |= frozenset(each for document_id in ids for each in _amendments(document_id, standings))
    scope = Scope(
        ids,
        named,
        tuple(each.unknown for each in references if each.unknown),
        tuple(document_id for each in references for document_id in each.near),
        firm=any(each.firm for each in references),
        compared=compares and (len(ids) > 1 or any(map(standings.stated_by, ids))),
    )
    question = _at_home(_understood(understood, bare), standings)
    limited = library.within(ids, scope) if ids else replace(held, scope=scope)
    return Scoped(question, limited, None if scope.firm else (understood, held))


def _at_home(question: Question, standings: Standings) -> Question:
    """The question as one of the place that its 全市 or 我县 means, where there is just one that it can mean."""
    parts = tuple(_at_home(part, standings) for part in question.parts)
    place = "" if question.regions else standings.meant_in(question.standalone)
    return replace(question, parts=parts, regions=(place,) if place else question.regions)


def _of_all(reference: _Reference, question: Question) -> bool:
    """Whether all that is asked is asked of it: 甲报告的数和乙方案的数分别是多少 is asked of another one, too."""
    text = question.standalone if is_completed(question) else question.text
    named = text[reference.start : reference.end]
    return reference.firm or all(named in part.standalone for part in question.parts)


def _understood(whole: Question, bare: str) -> Question:
    if not re.search(r"[一-鿿A-Za-z]{2}", bare):
        return whole
    question = replace(understand(bare), whole=whole.standalone, told=whole.told, focus=whole.focus)
    return replace(question, text=whole.text) if is_completed(whole) else question


def _without(text: str, references: Sequence[_Reference]) -> str:
    """The text without the names, and the words that only lead to them and away."""
    for each in sorted(references, key=lambda each: -each.start):
        before = re.sub(rf"{_LEAD}$", "", text[: each.start])
        after = re.sub(rf"^{_TRAIL}", "", text[each.end :])
        text = before + after
    return text.lstrip("，,、 ") or text


def _references(text: str, library: Library, standings: Standings) -> list[_Reference]:
    """Every document that the text names: by 《》 or number, or else by a part of its title, its issuer or version."""
    named = [found for name in names(text) if (found := _by_name(name, text, library, standings))]
    return named or _by_serial(text, standings) or _loosely(text, library, standings) or _by_speaker(text, library)


def _by_speaker(text: str, library: Library) -> list[_Reference]:
    found = speaker(text, library)
    return [_Reference(*found[0], found[1], firm=False)] if found else []


def _by_serial(text: str, standings: Standings) -> list[_Reference]:
    """The documents that are called by the end of their number alone, where only one has that: 33号文."""
    found = []
    for serial in _SERIAL.finditer(text):
        ids = standings.numbered(serial["serial"])
        if len(ids) == 1:
            found.append(_Reference(serial.start(), serial.end(), frozenset(ids)))
    return found


def _by_name(name: Name, text: str, library: Library, standings: Standings) -> _Reference | None:
    ids = standings.named(number=name.number) if name.number else []
    if not ids and name.title:
        ids = standings.named(title=name.title)
    firm = bool(ids)
    if not ids and not name.number and len(_GENERIC.sub("", name.title)) < _LEAST_PHRASE:
        return None  # 《通知》 is one that the text around it names
    if not ids and name.title:
        ids = _like_title(name.title, standings)
        firm = any(key_of(standings.title(each)).endswith(key_of(name.title)) for each in ids)
    if not ids:
        return _not_there(name, library, standings)
    year = re.search(r"((?:19|20)\d\d)年?(?:版|印发|发布)?的?$", text[: name.start])
    start = year.start() if year and len(standings.versions(ids[0])) > 1 else name.start
    chosen = _version(ids, year[1] if year else "", "", library, standings)
    return _Reference(start, name.end, frozenset(chosen or ids), firm=firm)


def _not_there(name: Name, library: Library, standings: Standings) -> _Reference | None:
    """A name that no document bears: unknown, unless it is no document's at all, or others tell of it."""
    if standings.about(title=name.title, number=name.number):
        return _Reference(name.start, name.end, unknown=name)
    if name.number:
        told = (each.number for hit in library.search(name.number) for each in names(hit.passage.text))
        return None if name.number in told else _Reference(name.start, name.end, unknown=name)
    if not re.search(rf"(?:{TYPES})(?:[（(][^（）()]*[）)])?$", name.title):
        return None
    title = "".join(name.title.split())
    if any(title in "".join(hit.passage.text.split()) for hit in library.search(name.title)):
        return None
    return _Reference(name.start, name.end, unknown=name)


def _like_title(title: str, standings: Standings) -> list[str]:
    """The documents of the one rule whose title has these characters in this order and ends alike, or is the same but
    for a slip; none where several are."""
    key = key_of(title)
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: key_of(name).endswith(key),
        lambda name: key in name,
        lambda name: within(key, name) and name[-2:] == key[-2:],
        lambda name: _slipped(key, name),
    )
    for is_meant in tests:
        found = [each for each, name in standings.titles() if is_meant(name)]
        if found:
            return found if len({standings.versions(each) for each in found}) == 1 else []
    return []


def _slipped(key: str, name: str) -> bool:
    """Whether two titles differ by little, and neither by a number nor by a place."""
    pairs, others = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (key, name))
    if 2 * len(pairs & others) < _LEAST_ALIKE * (len(pairs) + len(others)):
        return False
    places, theirs = ({each.name for each in regions(text) if each.name} for text in (key, name))
    return places == theirs and re.findall(r"\d+", key) == re.findall(r"\d+", name)


def _loosely(text: str, library: Library, standings: Standings) -> list[_Reference]:
    found: list[_Reference] = []
    for kind in _KIND.finditer(text):
        since = found[-1].end if found else 0
        if kind.start() < since:
            continue
        reference = _by_part(text, since, kind, library, standings)
        if reference is not None:
            found.append(reference)
    return found


def _by_part(text: str, since: int, kind: re.Match[str], library: Library, standings: Standings) -> _Reference | None:
    """What the words before a 通知, 方案 or 办法 say about which one is meant; None where they don't tell."""
    phrase, pool = _phrase(text, since, kind, standings)
    telling = len(_GENERIC.sub("", phrase)) >= _LEAST_PHRASE
    start = kind.end() - len(phrase) if telling else kind.start()
    told = _BEFORE.search(text[since:start])
    told_start = since + told.start() if told and told[0] else start
    year, issuer, edition = (told["year"], told["issuer"], told["edition"]) if told else (None, None, None)
    if not telling and not (issuer or edition or year):
        return _that_one(text, since, kind, library, standings)
    if not telling:
        if year and not edition and kind[0] in ("标准", "目录", "清单", "报告"):
            return None
        pool = _of_kind(kind[0], library)
    if issuer:
        by = [info.id for info in library.documents() if info.id in pool and info.is_issued_by(issuer)]
        if not by and not telling:
            return None
        pool = by or pool
    if not telling and (edition or (year and not issuer)):
        dated = [each for each in pool if not edition and year in standings.years(each)]
        # 原来的规定 may be an 办法.
        every = [info.id for info in library.documents()]
        pool = dated or [each for each in pool if standings.is_version(each)] or [*filter(standings.is_version, every)]
    pool = [each for each in pool if not _elsewhere(text[:told_start], standings.title(each))]
    families = {standings.versions(each) for each in pool}
    if len(families) > 1 and (edition or year) and not telling:
        first = next((hit.passage.document_id for hit in library.search(text) if hit.passage.document_id in pool), None)
        families = {standings.versions(first)} if first else set()
    if len(families) != 1:
        return None
    (family,) = families
    chosen = _version(family, year or "", edition or "", library, standings)
    if chosen:
        return _Reference(told_start, kind.end(), frozenset(chosen), firm=bool(year or edition) and len(family) > 1)
    if len(family) > 1 or telling:
        title = f"{text[told_start : kind.end()]}"
        return _Reference(told_start, kind.end(), unknown=Name(title, "", told_start, kind.end()), near=family)
    return None


def _elsewhere(before: str, title: str) -> bool:
    """Whether the place named right before the words is another one than those that the title names."""
    own = {each.name for each in regions(title) if each.name}
    asked = [each for each in regions(before) if each.name and each.end == len(before)]
    return bool(own and asked and asked[-1].name not in own)


def _that_one(text: str, since: int, kind: re.Match[str], library: Library, standings: Standings) -> _Reference | None:
    """The one paper of a kind that has the words before 那份 or 的 in its title: 消防那份文件, 高温津贴的通知."""
    told = _THAT_ONE.search(text[since : kind.start()])
    pool = set(_of_kind(kind[0], library))
    for length in range(len(told["topic"]) if told else 0, 1, -1):
        assert told is not None
        topic = told["topic"][-length:]
        found = [each for each, title in standings.titles() if each in pool and topic in title]
        if len({standings.versions(each) for each in found}) == 1:
            start = since + told.end("topic") - length
            return _Reference(start, kind.end(), frozenset(_version(found, "", "", library, standings)), firm=False)
        if found:
            return None
    return None


def _phrase(text: str, since: int, kind: re.Match[str], standings: Standings) -> tuple[str, list[str]]:
    """The longest run of words up to the kind of paper that titles have, and the documents that bear one of these."""
    pool: list[str] = []
    phrase = ""
    matching = [(each, title) for each, title in standings.titles() if kind[0] in title]
    for start in range(kind.start() - 1, max(since, kind.end() - _MOST_PHRASE) - 1, -1):
        longer = text[start : kind.end()]
        if _BEFORE_ENTITIES.match(longer):
            break
        matching = [(each, title) for each, title in matching if _is_part(longer, kind[0], title)]
        if not matching:
            break
        phrase, pool = longer, [each for each, title in matching]
    # 《……办法》 itself, rather than the notice that changes it.
    changing = {
        each
        for each in pool
        if any(bound.target in pool and bound.target != each for bound in standings.stated_by(each))
    }
    rules = [each for each in pool if standings.is_version(each) or each not in changing]
    return phrase, rules or pool


def _is_part(phrase: str, kind: str, title: str) -> bool:
    """Whether the words stand in a title, perhaps without what stands before the kind: 助餐细则 of 助餐补贴实施细则."""
    return phrase in title or (phrase.removesuffix(kind) in title and within(phrase, title))


def _of_kind(kind: str, library: Library) -> list[str]:
    if kind in ("文件", "政策", "版本", "版"):
        return [info.id for info in library.documents()]
    return [
        info.id
        for info in library.documents()
        if info.kind == kind or key_of(info.title).endswith(kind) or info.title.rstrip("》）)").endswith(kind)
    ]


def _version(ids: Sequence[str], year: str, edition: str, library: Library, standings: Standings) -> list[str]:
    """Of the versions of a rule the one meant: of a year, on trial, old or new; else the one that holds."""
    today = library.today()
    left = list(dict.fromkeys(ids))
    if edition in _ON_TRIAL:
        left = [each for each in left if is_on_trial(standings.title(each))]
    if year:
        own = [each for each in left if year in standings.years(each)]
        # Nothing came out that year: the version that held then is meant.
        left = own or [each for each in left if standings.held(each, f"{year}-12-31")]
        if len(ids) == 1 and not own:
            left = []
    if edition in _OLD:
        left = [each for each in left if not _holds(each, standings, today)]
    elif len(left) > 1 or (edition and edition not in _ON_TRIAL):
        left = [each for each in left if _holds(each, standings, today)] or left
    return left[-1:]


def _holds(document_id: str, standings: Standings, day: str) -> bool:
    own = standings.of(document_id, day)
    return own is None or own.holds


def _amendments(document_id: str, standings: Standings) -> list[str]:
    return [each.source.id for each in standings.upon(document_id) if each.relation.kind in ("amends", "extends")]


def _versions_found(question: Question, library: Library, standings: Standings) -> frozenset[str]:
    """The versions of the rule that a comparison speaks of without naming it: the one that a search finds first."""
    if not _OF_VERSIONS.search(question.text):
        return frozenset()
    for hit in library.search(question.standalone)[:1]:
        family = standings.versions(hit.passage.document_id)
        if len(family) > 1 or _amendments(hit.passage.document_id, standings):
            return frozenset(family)
    return frozenset()


def in_words(through: Filter, title_of: Callable[[str], str]) -> tuple[str, ...]:
    """What a filter limits an answer to, for whoever reads the answer; who may read isn't told. `title_of` gives a
    document's title, and raises LookupError for one that isn't there."""
    told: list[str] = []
    for document in sorted(through.documents or ()):
        with contextlib.suppress(LookupError):
            told.append(f"《{title_of(document)}》")
    told += sorted(folder.rstrip("/").rsplit("/", 1)[-1] for folder in through.folders or ())
    for values in (through.publishers, through.regions, through.tags):
        told += sorted(values or ())
    if through.since or through.until:
        told.append("—".join((through.since, through.until)) if through.since != through.until else through.since)
    if through.standing:
        told.append("现行有效" if through.standing == TODAY else f"{through.standing}有效")
    return tuple(told)
