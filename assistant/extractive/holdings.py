"""Holdings: which documents the library has, by what the catalog knows of each; each cited by its title as printed.

2024年发布的文件有哪些？  →  2024年发布的文件共2份： / 《……通知》（青教发〔2024〕18号，2024年5月20日）[1] / ……
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from assistant.extractive.compose import Draft, Line, Quote
from assistant.extractive.holding import of_unknown
from assistant.extractive.statements import dated_line, printed_date, printed_title
from assistant.library import Library
from assistant.question.holdings import Holdings, holdings
from assistant.question.holdings_in_english import holdings_in_english
from assistant.question.question import Question
from assistant.question.terms import flat, met, terms, total
from assistant.unread import unread_lines
from index.catalog.rows import DocumentInfo
from index.queries.glossary import to_chinese
from sources.mentions.periods import days, label
from sources.mentions.titles import as_issued
from sources.sentences import sentences

_MOST = 10
"""Documents that are listed; of more it is said how many remain."""
_MOST_IN_GROUP = 3
_MOST_GROUPS = 12
_CONFIDENCE = 0.9
_LEAST_MEANT = 0.6
"""How far a title must meet the words that it is to be about, where it doesn't have them."""
_ALL = re.compile(r"[、和与及]|以及|\band\b")
_EITHER = re.compile(r"或者?|还是|\bor\b")

Told = tuple[str, str]
"""A condition, and the words that it is about."""
_TOLD = {
    "of": ("{}的", " of {}"),
    "by": ("{}发布的", " issued by {}"),
    "number": ("文号为{}的", " numbered {}"),
    "ending": ("{}格式的", " in the form {}"),
    "titled": ("标题里有“{}”的", " with “{}” in the title"),
    "mentions": ("提到{}的", " that mention {}"),
    "near": ("标题与“{}”意思相近的", " whose titles mean nearly “{}”"),
    "about": ("关于“{}”的", " on “{}”"),
    "holds": ("现行有效的", " in force"),
    "ended": ("已废止或过期的", " no longer in force"),
    "ahead": ("尚未施行的", " not yet in force"),
    "undated": ("没有标明日期的", " without a date"),
    "when": ("{}发布的", " issued {}"),
    "effect": ("{}施行的", " in force {}"),
}
"""How a condition is told, in Chinese before 文件, in English behind documents."""
_OPEN = {
    "date": ("另有{}没有标明日期", "{} more without a date"),
    "effect": ("另有{}没有标明施行日期", "{} more without the day from which they hold"),
    "part": ("另有{}只标明了年份或月份", "{} more with no more than a year or month"),
    "state": ("另有{}没有写明施行或失效的时间", "{} more don't say from when or until when they hold"),
}
"""How it is told that a condition is open for some documents."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The documents that meet what is asked, and what is told of that."""

    documents: tuple[DocumentInfo, ...]
    told: tuple[Told, ...]
    """By which conditions."""
    quotes: dict[str, Quote]
    """By document, words that show that it meets one, where it isn't the title."""
    open: tuple[Told, ...] = ()
    """For how many others which condition is open."""


def answer(question: Question, library: Library) -> Draft | None:
    """The documents that the question asks for, counted or by name; None where it asks for what they say."""
    english = question.language == "en"
    asked = (holdings_in_english if english else holdings)(
        question.text if english else question.in_full, today=library.today()
    )
    if asked is None:
        return None
    everything = library.everything
    if asked.wanted == "unread":
        return _unread(question, everything)
    if asked.wanted == "file":
        return _file(question, asked, library)
    chosen = _chosen(asked, everything)
    if chosen is None:
        return None
    words = _Words(asked, chosen, english)
    if not chosen.documents:
        elsewhere = everything.standings().ended_elsewhere() if any(name == "ended" for name, _ in chosen.told) else []
        if elsewhere and not asked.of:
            return Draft(question, tuple(of_unknown(each, everything) for each in elsewhere[:_MOST]), _CONFIDENCE)
        # What 文件 is of may be something that they tell of: 涉案文件有哪些.
        told_of = asked.of or asked.number or asked.wanted in ("issuers", "kinds")
        return _none(question, words, everything) if asked.surely and not told_of else None
    make = {"issuers": _by_issuer, "kinds": _by_kind, "subject": _subject}.get(asked.wanted)
    if question.told is not None:  # 还有呢
        more = tuple(_listed(words, everything, told=question.told)) if make is None else ()
        return Draft(question, more, _CONFIDENCE, of_catalog=True) if more else None
    make = make or _listed
    return Draft(question, tuple(make(words, everything)), _CONFIDENCE, notice=words.open or None, of_catalog=True)


# --- which they are ---------------------------------------------------------------------------------------------------


def _chosen(asked: Holdings, library: Library) -> _Chosen | None:
    """The documents that meet every condition; None where a condition isn't one on documents."""
    kept = list(library.documents())
    told: list[Told] = []
    unsure: list[Told] = []
    quotes: dict[str, Quote] = {}
    if asked.of:
        narrowed = _explained(asked.of, kept, library)
        if narrowed is None and not asked.surely:
            return None
        kept, said, quotes = narrowed or ([], ("about", asked.of), {})
        told.append(said)
    if asked.number:
        kept = [info for info in kept if info.number and as_issued(info.number) == asked.number]
        told.append(("number", asked.number))
    if asked.issuer:
        kept = [info for info in kept if _is_by(info, asked.issuer)]
        told.append(("by", asked.issuer))
    if asked.kinds:
        kept = [info for info in kept if any(_is_a(info, kind) for kind in asked.kinds)]
    if asked.ending:
        kept = [info for info in kept if PurePath(info.uri).suffix.lower() in asked.ending]
        told.append(("ending", "、".join(asked.ending)))
    if asked.about:
        kept, said, quotes = _about(asked.about, kept, library) or ([], ("about", asked.about), {})
        told.append(said)
    if words := asked.mentioned or asked.said:
        kept, said, quotes = _mentioning(words, kept, library)
        if not kept and asked.said:
            return None
        told.append(said)
    if asked.state:
        kept, more = _of_state(asked, kept, library)
        unsure += more
        told.append((asked.state, ""))
    if asked.undated:
        kept = [info for info in kept if not _issued(info)]
        told.append(("undated", ""))
    if asked.within:
        kept, more = _within(asked, kept)
        unsure += more
        told.append(("effect" if asked.in_force else "when", asked.when))
    elif asked.order in ("newest", "oldest") and (undated := sum(not _issued(info) for info in kept)):
        unsure.append(("date", str(undated)))
    return _Chosen(tuple(_ordered(asked, kept)), tuple(told), quotes, tuple(unsure))


Narrowed = tuple[list[DocumentInfo], Told, dict[str, Quote]]
"""The documents left, by which condition, and words of theirs that show it."""


def _explained(words: str, infos: Sequence[DocumentInfo], library: Library) -> Narrowed | None:
    """What the words before 文件 say of documents: who issued them, or what they are about; None where nothing does."""
    by = [info for info in infos if _is_by(info, words)]
    return (by, ("of", words), {}) if by else _about(words, infos, library)


def _about(words: str, infos: Sequence[DocumentInfo], library: Library) -> Narrowed | None:
    """The documents whose titles have the words; else those that mention them; else those whose titles mean them."""
    for said in dict.fromkeys((words, _in_chinese(words))):
        asked, own = flat(said), terms(said)
        titled = [info for info in infos if asked in flat(info.title)] or [
            info for info in infos if own and all(term.text in flat(info.title) for term in own)
        ]
        if titled:
            return titled, ("titled", said), {}
    mentioning = _mentioning(words, infos, library)
    if mentioning[0]:
        return mentioning
    near = _meaning(_in_chinese(words), infos, library)
    return (near, ("near", words), {}) if near else None


def _in_chinese(words: str) -> str:
    """English words as Chinese documents may have them; others as they are."""
    return words if re.search("[一-鿿]", words) else to_chinese(words).replace(" ", "") or words


def _meaning(words: str, infos: Sequence[DocumentInfo], library: Library) -> list[DocumentInfo]:
    """Of the documents that a search finds, those whose titles mean the words."""
    by_id = {info.id: info for info in infos}
    found = {each: by_id[each] for hit in library.search(words) if (each := hit.passage.document_id) in by_id}
    asked = terms(words)
    if not found or not asked:
        return []
    titles = tuple(flat(info.title) for info in found.values())
    shares = met(asked, titles) @ [term.weight for term in asked] / total(asked)
    return [info for info, share in zip(found.values(), shares, strict=True) if share >= _LEAST_MEANT]


def _mentioning(words: str, infos: Sequence[DocumentInfo], library: Library) -> Narrowed:
    """The documents in which the words stand; of several words, all of them, or each where any will do."""
    any_will_do = bool(_EITHER.search(words))
    split = (_EITHER if any_will_do else _ALL).split(words)
    several = [each.strip() for each in split if each.strip()]
    found = dict(library.mentioning(words))
    told = f"“{words}”"
    if not found and (len(several) > 1 or not re.search("[一-鿿]", words)):
        own = [dict(library.mentioning(each) or library.mentioning(_in_chinese(each))) for each in several]
        some = set.union(*map(set, own)) if any_will_do else set.intersection(*map(set, own))
        found = {document_id: next(each[document_id] for each in own if document_id in each) for document_id in some}
        told = ("或" if any_will_do else "和").join(f"“{each}”" for each in several)
    kept = [info for info in infos if info.id in found]
    shown = sorted(kept, key=_issued, reverse=True)[: 2 * _MOST]
    asked = [flat(each) for said in (words, *several) for each in (said, _in_chinese(said))]
    quotes = {info.id: quote for info in shown if (quote := _says(info.id, found[info.id], asked, library))}
    return kept, ("mentions", told), quotes


def _says(document_id: str, start: int, asked: Sequence[str], library: Library) -> Quote | None:
    """The first sentence of the passage with any of the words (flat)."""
    passage = library.passage_at(document_id, start)
    for first, last in sentences(passage.text):
        if any(each in flat(passage.text[first:last]) for each in asked):
            return Quote(passage, passage.start + first, passage.start + last)
    return None


def _is_by(info: DocumentInfo, body: str) -> bool:
    publisher = (info.publisher or "").lower()
    return info.is_issued_by(body) or any(each.lower() in publisher for each in (body, _in_chinese(body)))


def _is_a(info: DocumentInfo, kind: str) -> bool:
    return info.kind == kind or info.title.rstrip("》）)").endswith(kind)


def _issued(info: DocumentInfo) -> str:
    """When it was issued, as far as it says so, or its number does; "" where nothing tells."""
    numbered = re.search(r"〔(\d{4})〕", as_issued(info.number)) if info.number else None
    return info.published or (numbered[1] if numbered else "")


def _within(asked: Holdings, infos: Sequence[DocumentInfo]) -> tuple[list[DocumentInfo], list[Told]]:
    """Those issued, or come into force, between the days; and how many leave it open."""
    assert asked.within is not None
    first, last = asked.within
    kept, vague, undated = [], 0, 0
    for info in infos:
        span = days((info.in_force or "") if asked.in_force else _issued(info))
        if span is None:
            undated += 1
        elif first <= span[0] and span[1] <= last:
            kept.append(info)
        elif span[0] <= last and first <= span[1]:
            vague += 1
    counts = (("effect" if asked.in_force else "date", undated), ("part", vague))
    return kept, [(what, str(count)) for what, count in counts if count]


def _of_state(
    asked: Holdings, infos: Sequence[DocumentInfo], library: Library
) -> tuple[list[DocumentInfo], list[Told]]:
    """Those that hold, or don't, as is asked; and how many leave it open."""
    standings, today = library.standings(), library.today()
    states = {"holds": ("现行",), "ended": ("已废止", "已过期"), "ahead": ("尚未施行",)}[asked.state]
    own = {info.id: standings.of(info.id, today) if standings.knows(info.id) else None for info in infos}
    kept = [info for info in infos if (state := own[info.id]) and state.state in states]
    unsure = sum(each is None for each in own.values())
    return kept, [("state", str(unsure))] if unsure else []


def _ordered(asked: Holdings, infos: Iterable[DocumentInfo]) -> list[DocumentInfo]:
    """The newest first, unless another order is asked for; those without a date last, or out where dates decide."""
    found = list(infos)
    if asked.order == "added":
        found.sort(key=lambda info: -info.added)
    elif asked.order in ("longest", "shortest"):
        found.sort(key=lambda info: info.characters, reverse=asked.order == "longest")
    else:
        dated = sorted((info for info in found if _issued(info)), key=_issued, reverse=asked.order != "oldest")
        found = [
            *dated,
            *([] if asked.most and dated and asked.order else [each for each in found if not _issued(each)]),
        ]
    return found


# --- how they are told ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """What is asked and what meets it, in words of the question's language."""

    asked: Holdings
    chosen: _Chosen
    english: bool

    @property
    def named(self) -> str:
        """What the documents are: 2024年发布的通知."""
        told = [_TOLD[sign][self.english].format(words) for sign, words in self.chosen.told]
        if self.english:
            return f"{' or '.join(self.asked.kinds) or 'documents'}{''.join(told)}"
        return f"{''.join(reversed(told))}{'、'.join(self.asked.kinds) or '文件'}"

    @property
    def open(self) -> str:
        """For how many others a condition is open."""
        told = (_OPEN[sign][self.english].format(self.so_many(int(count))) for sign, count in self.chosen.open)
        return ("; " if self.english else "；").join(told)

    def so_many(self, count: int) -> str:
        """A count with what is counted: 3份."""
        return str(count) if self.english else f"{count}{self.asked.measure}"

    def counted(self) -> str:
        """What the documents are and how many."""
        count = self.so_many(len(self.chosen.documents))
        if self.english:
            return f"{'The library holds ' if not self.chosen.told else ''}{count} {self.named}"
        return f"文库里共有{count}文件" if self.named == "文件" else f"{self.named}共{count}"

    def one(self, chinese: str, english: str) -> str:
        """That which is of the language."""
        return english if self.english else chinese


_ORDERS = {
    "newest": ("发布最晚", "issued last"),
    "oldest": ("发布最早", "issued first"),
    "longest": ("篇幅最长", "the longest"),
    "shortest": ("篇幅最短", "the shortest"),
    "added": ("最后收录", "added last"),
}


def _listed(words: _Words, library: Library, *, told: int = 0) -> list[Line]:
    """What they are and how many, then each of them; those after the first `told`, where some were told before."""
    asked, found = words.asked, words.chosen.documents
    if asked.most is not None and asked.order:
        found = found[: asked.most]
        order = _ORDERS[asked.order][words.english]
        several = words.so_many(len(found)) if len(found) > 1 else ""
        lead = words.one(f"{order}的{several}{words.named}是：", f"Of the {words.named}, {order}:")
    else:
        yes = words.one("有，", "Yes, ") if asked.wanted == "exists" else ""
        lead = f"{yes}{words.counted()}{words.one('：', ':')}"
    if told:
        lead = words.one(f"其余{words.so_many(len(found) - told)}：", f"The other {len(found) - told}:")
    lines = [Line(lead, ()), *(_line(words, info, library) for info in found[told : told + _MOST])]
    if remaining := len(found[told + _MOST :]):
        more = f"其余{words.so_many(remaining)}没有列出，可以问“还有呢”，或加上年份、发文单位、文种或标题里的词。"
        lines.append(Line(words.one(more, f"{remaining} more; ask on, or name a year, an issuer or a word."), ()))
    return lines if told < len(found) else []


def _line(words: _Words, info: DocumentInfo, library: Library) -> Line:
    """The document by its title, with its number and date, and what else was asked of it."""
    asked, quotes = words.asked, _shown(info, library)
    standing = library.standings().of(info.id, library.today()) if asked.state else None
    told = [info.number, words.one(label(_issued(info)), _issued(info)) if _issued(info) else ""]
    if asked.issuer and info.publisher and info.publisher not in info.title:
        told.append(info.publisher)
    if asked.order in ("longest", "shortest"):
        told.append(f"{info.pages}页" if info.pages else f"{info.characters}字")
    if standing is not None:
        told.append(standing.in_words)
        if ground := standing.ground:
            quotes.append(Quote(library.passage_at(ground.document_id, ground.start), ground.start, ground.end))
    if info.id in words.chosen.quotes:
        quotes.append(words.chosen.quotes[info.id])
    facts = words.one("，", ", ").join(filter(None, told))
    facts = words.one(f"（{facts}）", f" ({facts})") if facts else ""
    return Line(f"{_titled(info)}{facts}", tuple(dict.fromkeys(quotes)))


def _titled(info: DocumentInfo) -> str:
    return f"《{info.title.strip('《》')}》"


def _shown(info: DocumentInfo, library: Library) -> list[Quote]:
    """The title as it is printed, or else the first line; and the line that dates it, where there is one."""
    text = library.document(info.id).text
    title = printed_title(text, info.title) or (0, text.find("\n") if "\n" in text else len(text))
    date = printed_date(text, info.published) or (dated_line(text) if info.published else None)
    return [Quote(library.passage_at(info.id, start), start, end) for start, end in filter(None, (title, date))]


def _grouped(
    words: _Words, library: Library, key: Callable[[DocumentInfo], str], lead: str, *, none: str
) -> list[Line]:
    """How many documents there are of each group, the largest first, with some of their titles."""
    groups: dict[str, list[DocumentInfo]] = defaultdict(list)
    for info in words.chosen.documents:
        groups[key(info)].append(info)
    ordered = sorted(groups.items(), key=lambda each: (not each[0], -len(each[1]), each[0]))
    lines = [Line(lead.format(sum(bool(name) for name in groups)), ())]
    for name, infos in ordered[:_MOST_GROUPS]:
        titles = "、".join(map(_titled, infos[:_MOST_IN_GROUP])) + ("等" if len(infos) > _MOST_IN_GROUP else "")
        quotes = tuple(_shown(info, library)[0] for info in infos[:_MOST_IN_GROUP])
        text = words.one(
            f"{name or none}：{words.so_many(len(infos))}，{titles}", f"{name or '?'}: {len(infos)}, {titles}"
        )
        lines.append(Line(text, quotes))
    if more := len(ordered[_MOST_GROUPS:]):
        lines.append(Line(words.one(f"其余{more}个没有列出。", f"{more} more."), ()))
    return lines


def _by_issuer(words: _Words, library: Library) -> list[Line]:
    lead = words.one(f"{words.named}的发文单位有{{}}个：", f"The {words.named} were issued by {{}} bodies:")
    bodies = lambda info: "、".join((info.publisher or "").split()) if not words.english else info.publisher or ""  # noqa: E731
    return _grouped(words, library, bodies, lead, none="没有标明发文单位的")


def _by_kind(words: _Words, library: Library) -> list[Line]:
    lead = words.one(f"{words.named}按文种分有{{}}类：", f"The {words.named} are of {{}} kinds:")
    return _grouped(words, library, lambda info: info.kind or "", lead, none="其他")


def _subject(words: _Words, library: Library) -> list[Line]:
    """What the library is about: its titles, or in a large one the words that most titles have."""
    chosen = words.chosen.documents
    if len(chosen) <= _MOST:
        return _listed(words, library)
    by_word: dict[str, list[DocumentInfo]] = defaultdict(list)
    weights: dict[str, float] = {}
    for info in chosen:
        for term in terms(info.title):
            if len(term.text) > 1 and not term.text.isdigit():
                by_word[term.text].append(info)
                weights[term.text] = term.weight
    ordered = sorted(by_word, key=lambda word: (-len(by_word[word]) * weights[word], word))[:_MOST]
    lead = words.one(f"{words.counted()}，标题里最常见的是：", f"{words.counted()}; most frequent in their titles:")
    lines = [Line(lead, ())]
    for word in ordered:
        infos = by_word[word]
        text = words.one(f"{word}：{words.so_many(len(infos))}，如", f"{word}: {len(infos)}, as ")
        lines.append(Line(f"{text}{_titled(infos[0])}", (_shown(infos[0], library)[0],)))
    return lines


def _none(question: Question, words: _Words, library: Library) -> Draft:
    """That there is none, with what there is instead."""
    infos, asked = library.documents(), words.asked
    said = [words.one(f"文库里没有{words.named}。", f"The library has no {words.named}.")]
    dates = sorted(filter(None, map(_issued, infos)))
    if asked.within and dates:
        first, last = dates[0], dates[-1]
        told = f"标明了日期的文件从{label(first)}到{label(last)}。"
        said.append(words.one(told, f"Those with a date are from {first} to {last}."))
    bodies = sorted({info.publisher for info in infos if info.publisher})
    if asked.issuer and bodies:
        shown = "、".join(bodies[:_MOST])
        said.append(words.one(f"发文单位有{shown}{'等' if len(bodies) > _MOST else ''}。", f"Issuers: {shown}."))
    text, notice = words.one("", " ").join(said), words.open or None
    if asked.wanted in ("exists", "count"):
        return Draft(question, (Line(text, ()),), _CONFIDENCE, notice=notice, of_catalog=True)
    return Draft(question, status="not_found", message=text, confidence=_CONFIDENCE, notice=notice)


def _unread(question: Question, library: Library) -> Draft:
    """The files that couldn't be read, each with why."""
    unread = library.unread()
    if not unread:
        return Draft(question, (Line("没有读不出来的文件。", ()),), _CONFIDENCE, of_catalog=True)
    lines = [
        Line(f"有{len(unread)}个文件没有读入：", ()),
        *(Line(each, ()) for each in unread_lines(unread, name=lambda path: PurePath(path).name)[:_MOST]),
    ]
    return Draft(question, tuple(lines), _CONFIDENCE, of_catalog=True)


def _file(question: Question, asked: Holdings, library: Library) -> Draft | None:
    """Where a document lies: its file's name and form, its pages and length; None where none is named."""
    everything = library.everything
    infos = everything.documents()
    if library.scope and len(library.scope.named) == 1:
        named = [info for info in infos if info.id in library.scope.named]
    else:
        own = terms(asked.of)
        named = [info for info in infos if own and all(term.text in flat(info.title) for term in own)]
    if not named or len(named) > _MOST_IN_GROUP:
        return None
    lines = []
    for info in named:
        path = PurePath(info.uri)
        told = [f"文件名是{path.name}", f"在文件夹{path.parent.name}里", f"共{info.pages}页" if info.pages else ""]
        told.append(f"{info.characters}字")
        told.append(f"另有{len(info.copies)}份副本" if info.copies else "")
        lines.append(Line(f"{_titled(info)}：{'，'.join(filter(None, told))}。", tuple(_shown(info, everything)[:1])))
    return Draft(question, tuple(lines), _CONFIDENCE, of_catalog=True)
