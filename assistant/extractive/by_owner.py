"""By owner: one question answered from the documents of each place, school or company that has some, and put together.

    公租房押金交几个月？             →  云台县：…… / 石桥县：……        it names none of those with a value of their own
    甲县和乙县的申请条件有何不同？    →  甲县：…… / 乙县：……
    哪个县的收入线最高？             →  each, then which

A place or body that the library has nothing of isn't answered from the documents of another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answers import Clarification
from assistant.extractive import lookup, sentences, severally
from assistant.extractive.comparisons import worked_out
from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.extractive.found import found
from assistant.extractive.lists.answer import answer as listed
from assistant.extractive.owners import Owner, owner_of, stranger
from assistant.library import Library
from assistant.question.operations import Asked, operation_of
from assistant.question.question import Question, single
from assistant.question.sides import Side, Sides
from assistant.reading.findings import MIN_CONFIDENCE
from assistant.reading.reader import shipped_reader
from sources.figures.figure import Figure
from sources.mentions.titles import name_of
from sources.sentences import sentences as sentences_of

_EACH = (lookup.answer, listed, sentences.answer)
_MOST = 6
"""Owners that are told; of more, which one is meant is asked back."""
_SURE = 0.45
"""How sure the best of several answers must be for the others to be told beside it."""
_LEAST = 0.3
_LEAST_SHARE = 0.5
"""Of the surest answer's confidence, what another owner's must have."""
_LEAST_SUPPORT = 0.15
_LEAST_SUPPORT_SHARE = 0.4
_WORD = 2
"""Characters of an ordinary word."""
_MOST_OPENED = 20
"""Documents that are looked through for a name; what more have is a word."""
_CONFIDENCE = 0.85
_WHICH = re.compile(
    r"(?:(?:有|是|在)?(?:哪些|哪几个?|哪一?[个家所座]|哪(?=[县区市镇]))(?:地方|地区|区县|县区|县市区?|[省市县区镇乡村]|单位|学校|中学|小学|公司|企业|医院|部门|家|所)?|(?<![是由叫为])谁家?)(?:的)?"
)
_ALL = re.compile(
    r"(?:[两三四五六七八九十几各每]|全部|所有)(?:个|所|家|座)?(?:地方|地区|区县|县区|县市区?|[省市县区镇乡村](?!级|里|民)|学校|中学|小学|公司|医院)(?:的)?"
)
_OWNER = "\ue000"
"""Stands for an owner: a character of private use."""
_JOINED = re.compile(
    rf"(?:[和与、跟同及比较对，, ]|以及|对比|比较)*{_OWNER}(?:(?:的|比|相比|在|对于?)(?={_OWNER}|[一-鿿]))?"
)
_MOST_OF_ALL = re.compile(r"(?:是|为)?最(?P<way>高|低|多|少|大|小|快|慢|长|短|贵|便宜|早|晚)(?:的)?(?:是)?$")
_RECKONED = ("difference", "ratio", "sum", "share", "which")
_COMPARED = re.compile(
    r"(?:之间|上|方面)?(?:的)?(?:有(?:什么|哪些|何|没有)?|是否|是不是)?(?:不同|区别|差异|差别|不一样|一样|异同)(?:吗|之处|的?地方|在哪里?)?[？?。]?$"
)
_OPENS = re.compile(r"^(?:请问|请|帮我|对比|比较|一下|在|的|对于?|分别|各自?|都|里|[，,、和与跟比：:\s])+")
_CLOSES = re.compile(r"(?:分别|各自?|怎么样|情况|[，,、的\s])+[？?。]?$")
_ASKS = re.compile(r"多少|几|哪|什么|谁|何|吗|怎|是否")
_CALLED = re.compile(r"是(?:什么|多少)[？?]$")
_LEAST_ASKED, _LEAST_COMPARED = 2, 4
_MOST_READ = 3
_LEAST_READ = 0.4
_LEAST_NEAR = 0.15


@dataclass(frozen=True, slots=True)
class _Group:
    """Documents that are asked by themselves."""

    name: str
    """The owner's, or the document's own: 云台县, 《……细则》."""
    library: Library
    """Of these documents alone."""
    documents: tuple[str, ...]


def of_named(question: Question, library: Library) -> Draft | None:
    """What each of several documents says that the question names; None where it names one, or only one says it."""
    scope = library.scope
    if scope is None or len(scope.named) < 2 or len({*map(library.standings().versions, scope.named)}) < 2:
        return None
    asked = question
    if scope.compared and len(bare := _COMPARED.sub("", question.standalone)) >= _LEAST_COMPARED:
        asked = replace(single(bare), text=question.text, whole=question.whole)
    groups = [
        _Group(f"《{name_of(library.document(each).title)}》", library.within(frozenset([each])), (each,))
        for each in sorted(scope.named)
    ]
    findings = [(each, each.library.finding(asked)) for each in groups]
    known = [(each, finding) for each, finding in findings if finding.quote and finding.best]
    silent = [each.name for each, finding in findings if not finding.quote]
    lines = [
        quoted(Quote(finding.best.passage, *finding.quote, finding.confidence), library.document)
        for _, finding in known
        if finding.best and finding.quote
    ]
    notice = f"{'、'.join(silent)}里没有说到" if silent else None
    confidence = min((finding.confidence for _, finding in known), default=0.0)
    return Draft(asked, tuple(lines), confidence, notice=notice) if len(lines) > 1 else None


def answer(question: Question, library: Library) -> Draft | None:
    """What the documents of each owner say; None where there are not several alike, or the question is about one."""
    if question.language != "zh" or (library.scope is not None and library.scope.firm):
        return None
    by_owner = _by_owner(question, library)
    unknown = stranger(_OPENS.sub("", question.standalone), by_owner)
    if unknown is not None and _is_strange(unknown, by_owner, library.everything):
        return _nothing_of(question, unknown, by_owner)
    groups = _groups(question, by_owner, library)
    if len(groups) < 2:
        return None
    by_name = {owner.name: owner for owner in by_owner}
    named = [each for each in groups if by_name[each.name].is_named_in(question.standalone)]
    if len(named) == 1:
        return _of_one(question, named[0], groups, library)
    if question.kind == "yes_no" and not named:
        return None
    asks_which = not named and _WHICH.search(question.standalone)
    if not (named or asks_which or _ALL.search(question.standalone)):
        return None
    asked, operation = _asked_of_each(question, [by_name[each.name] for each in named])
    if asked is None:
        return None
    told = named or groups
    reckoned = _reckoned(question, asked, operation, told) if operation.operation in _RECKONED else None
    if reckoned is not None:
        return reckoned
    if asks_which:
        return (
            _of_none(question, told, asked, library)
            if _ASKS.search(asked.standalone)
            else _which(question, asked, told)
        )
    return _each(question, asked, told)


def of_every(question: Question, library: Library) -> Draft | None:
    """What the documents of each owner say where the question names none; None where only one owner's say anything."""
    if question.language != "zh" or question.kind == "yes_no" or (library.scope and library.scope.firm):
        return None
    by_owner = _by_owner(question, library)
    groups = _groups(question, by_owner, library)
    if len(groups) < 2 or any(owner.is_named_in(question.standalone) for owner in by_owner):
        return None
    return _of_none(question, groups, question, library)


# --- whose documents --------------------------------------------------------------------------------------------------


def _by_owner(question: Question, library: Library) -> dict[Owner, list[str]]:
    """The documents that a search finds, by whose they are."""
    found: dict[Owner, dict[str, None]] = {}
    for hit in library.search(question.standalone):
        document = library.document(hit.passage.document_id)
        if owner := owner_of(document.title, document.publisher):
            found.setdefault(owner, {})[document.id] = None
    return {owner: list(documents) for owner, documents in found.items()}


def _is_strange(unknown: Owner, known: Iterable[Owner], library: Library) -> bool:
    """Whether no document has the name, nor as a word of its own what it begins with: 新建小区 is nobody's name.

    石桥 in 石桥头村 is none, where that is a village of its own.
    """
    if library.mentioning(unknown.name):
        return False
    begins = unknown.name.removesuffix(unknown.sort)[:_WORD]
    mentioned = library.mentioning(begins)
    if not mentioned or re.search(r"第[一二三四五六七八九十\d]", begins):
        return True
    names = {owner.name for owner in known if owner.is_like(unknown)}
    if len(mentioned) > _MOST_OPENED or not any(begins in name for name in names):
        return False
    texts = (library.document(each).text for each, _ in mentioned)
    return not any(begins in re.sub("|".join(map(re.escape, names)), "", text) for text in texts)


def _groups(question: Question, by_owner: Mapping[Owner, Sequence[str]], library: Library) -> list[_Group]:
    """The owners of one kind: of the kind of the first that is named, or found, and has another like it."""
    named = [each for each in by_owner if each.is_named_in(question.standalone)]
    for first in (*named, *by_owner):
        alike = [first, *(other for other in by_owner if first.is_like(other))]
        if len(alike) > 1:
            return [
                _Group(each.name, library.within(frozenset(by_owner[each])), tuple(by_owner[each])) for each in alike
            ]
    return []


def _asked_of_each(question: Question, named: Sequence[Owner]) -> tuple[Question | None, Asked]:
    """The question as it is asked of one, without the owners and what compares them; and what is to be reckoned."""
    text = question.standalone
    for owner in sorted(named, key=lambda owner: -len(owner.name)):
        if called := owner.called_in(text):  # or a longer name has stood for this one
            text = text.replace(called, _OWNER)
    bare = _CLOSES.sub("", _COMPARED.sub("", _OPENS.sub("", _ALL.sub("", _JOINED.sub("", text.rstrip("？?。 "))))))
    operation = operation_of(bare)
    if most := _MOST_OF_ALL.search(bare):
        operation = Asked("which", bare[: most.start()], most["way"], most.start())
    if operation.operation in _RECKONED:
        bare = _CLOSES.sub("", _OPENS.sub("", _WHICH.sub("", operation.about)))
        asked = bare if _ASKS.search(bare) else f"{bare}是多少"
    else:
        asked = _OPENS.sub("", _WHICH.sub("", bare))
        asked = asked if _ASKS.search(asked) or _WHICH.search(bare) else f"{asked}是什么"
    return (single(f"{asked}？") if len(asked) >= _LEAST_ASKED else None), operation


# --- what each says ---------------------------------------------------------------------------------------------------


def _each(question: Question, asked: Question, groups: Sequence[_Group]) -> Draft | None:
    """One line or more for each owner, and for whom nothing was found; None where fewer than two say anything, or none
    surely does."""
    drafts = [(each, _answered(asked, each)) for each in groups[:_MOST]]
    known = [(each, draft) for each, draft in drafts if draft is not None]
    if len(known) < 2 or max(draft.confidence for _, draft in known) < MIN_CONFIDENCE:
        return None  # what is likelier wrong than right is told beside a surer answer only
    lines = [line for each, draft in known for line in _labelled(each, draft)]
    missing = tuple(f"{each.name}：{asked.standalone}" for each, draft in drafts if draft is None)
    return Draft(question, tuple(lines), min(draft.confidence for _, draft in known), unanswered=missing)


def _answered(asked: Question, group: _Group) -> Draft | None:
    draft = next(filter(None, (each(asked, group.library) for each in _EACH)), None)
    return draft or _read(asked, group)


def _read(asked: Question, group: _Group) -> Draft | None:
    """The sentence that the reader is surest of; None where it isn't sure of any."""
    reader = shipped_reader()
    forms = (asked.standalone, _CALLED.sub("", asked.standalone))
    best: tuple[float, Quote] | None = None
    for hit in group.library.search(asked.standalone)[:_MOST_READ]:
        text = hit.passage.text
        for start, end in sentences_of(text):
            sure = max(reader.answers(form, text[start:end]) for form in forms)
            if sure >= _LEAST_READ and (best is None or sure > best[0]):
                best = sure, Quote(hit.passage, hit.passage.start + start, hit.passage.start + end, sure)
    if best is None:
        return _nearest(asked, group)
    return Draft(asked, (quoted(best[1], group.library.document),), best[0])


def _nearest(asked: Question, group: _Group) -> Draft | None:
    """The sentence that nothing but a want of confidence speaks against; None where too much is wanting."""
    finding = group.library.finding(asked)
    if finding.best is None or not finding.in_doubt or finding.confidence < _LEAST_NEAR:
        return None
    quote = Quote(finding.best.passage, finding.best.start, finding.best.end, finding.confidence)
    return Draft(asked, (quoted(quote, group.library.document),), finding.confidence)


def _labelled(group: _Group, draft: Draft) -> list[Line]:
    """The draft's lines; the first says whose it is where its own words don't."""
    lines = [line for line in draft.lines if isinstance(line, Line)]
    return [_of(group, lines[0]), *lines[1:]] if lines else []


def _of(group: _Group, line: Line) -> Line:
    """The line with whose it is, by the document's title where nothing beside the quote says so."""
    name = group.name
    if name in line.text:
        return line
    passage = line.quotes[0].passage
    beside = () if name in passage.text else _saying(name, passage.document_id, group.library)
    return replace(line, text=f"{name}：{line.text}", quotes=(*line.quotes, *beside))


def _saying(name: str, document_id: str, library: Library) -> tuple[Quote, ...]:
    """Where the document first says whose it is; nothing where only its file's name does."""
    at = library.document(document_id).text.find(name)
    return (Quote(library.passage_at(document_id, at), at, at + len(name)),) if at >= 0 else ()


def _of_none(question: Question, groups: Sequence[_Group], asked: Question, library: Library) -> Draft | None:
    """What each owner's documents say where the question names none; None where only one does."""
    best = library.finding(asked).best
    if best is None or not any(best.document.id in each.documents for each in groups):
        return None  # what answers best is of none of them
    among = [library.among(frozenset(each.documents)) for each in groups]
    findings = [(each, own.finding(asked)) for each, own in zip(groups, among, strict=True)]
    known = [(each, finding) for each, finding in findings if finding.found and finding.confidence >= _LEAST]
    surest = max((finding.confidence for _, finding in known), default=0.0)
    known = [(each, finding) for each, finding in known if finding.confidence >= _LEAST_SHARE * surest]
    if len(known) < 2 or surest < _SURE:
        return None
    units = {finding.best.figure.unit for _, finding in known if finding.best and finding.best.figure}
    if len(units) > 1:
        return None
    if len(known) > _MOST:
        return _asked_back(question, [each for each, _ in known])
    return _each(question, asked, [each for each, _ in known])


def _asked_back(question: Question, groups: Sequence[_Group]) -> Draft:
    names = [each.name for each in groups]
    message = f"请说明是哪一个：{'、'.join(names[:_MOST])}{'等' if len(names) > _MOST else ''}各有规定。"
    choices = tuple(f"{name}的{question.standalone}" for name in names[:_MOST])
    return Draft(
        question,
        status="clarify",
        message=message,
        clarification=Clarification(message, choices),
        confidence=_CONFIDENCE,
    )


def _of_one(question: Question, group: _Group, groups: Sequence[_Group], library: Library) -> Draft | None:
    """What the documents of the one that is named say, and others that name it, where those of another one would answer
    in their place; None where they wouldn't."""
    others = {each for other in groups if other is not group for each in other.documents}
    strange = frozenset(each for each in others if group.name not in library.document(each).text)
    parts = question.parts or (question,)
    best = [finding.best for part in parts if (finding := library.finding(part)).best]
    if not any(each.document.id in strange for each in best if each):
        return None
    limited = library.without(strange)
    if question.parts:
        return severally.answer(question, limited)
    draft = next(filter(None, (each(question, limited) for each in _EACH)), None)
    return draft or Draft(question, status="not_found", confidence=_CONFIDENCE)


def _nothing_of(question: Question, unknown: Owner, known: Iterable[Owner]) -> Draft:
    """That nothing in the library is of whom the question names, with whom it has documents of."""
    names = [each.name for each in known if each.is_like(unknown)]
    message = (
        f"文库里没有{unknown.name}的内容；有{'、'.join(names[:_MOST])}{'等' if len(names) > _MOST else ''}的文件。"
    )
    return Draft(question, status="not_found", message=message, confidence=_CONFIDENCE)


# --- which, and by how much -------------------------------------------------------------------------------------------


def _reckoned(question: Question, asked: Question, operation: Asked, groups: Sequence[_Group]) -> Draft | None:
    """The figures of all, one line each, and what is wanted of them by a formula; None where figures don't tell."""
    figures: list[tuple[_Group, Figure]] = []
    lost: list[_Group] = []
    for each in groups[:_MOST]:
        figure = found(asked, each.library)
        figures += [(each, figure)] if figure else []
        lost += [] if figure else [each]
    if len(figures) < 2 or len({figure.unit for _, figure in figures}) > 1:
        return None
    drafts = [(each, _answered(asked, each), figure) for each, figure in figures]
    lines: list[Line] = []
    for each, draft, _ in drafts:
        own = _labelled(each, draft) if draft else []
        lines += own[:1]
    if len(lines) < len(figures):
        return None
    sides = tuple(Side(each.name, asked, "thing", each.name) for each, _ in figures)
    wanted = Sides(operation.operation, operation.way, operation.lowest, sides)
    known = [(side, figure) for side, (_, figure) in zip(sides, figures, strict=True)]
    library = groups[0].library.everything
    computed = worked_out(wanted, known, library)
    if not computed and operation.operation != "which":
        return None
    lines = [replace(line, figures=(figure,)) for line, (_, figure) in zip(lines, figures, strict=True)]
    missing = tuple(f"{each.name}：{asked.standalone}" for each in lost)
    told = (*computed, *lines) if operation.operation == "which" else (*lines, *computed)
    return Draft(question, told, _CONFIDENCE, unanswered=missing)


def _which(question: Question, asked: Question, groups: Sequence[_Group]) -> Draft | None:
    """The owners whose documents say what is asked of all, each with the words; None where none clearly does."""
    statement = asked.standalone.rstrip("？?")
    said = [(each, _best_support(statement, each)) for each in groups]
    top = max((support for _, (support, _) in said), default=0.0)
    if top < _LEAST_SUPPORT:
        return None
    lines = [
        _of(each, quoted(quote, each.library.document))
        for each, (support, quote) in said
        if quote is not None and support >= _LEAST_SUPPORT_SHARE * top
    ]
    return Draft(question, tuple(lines[:_MOST]), max(top, _SURE)) if lines else None


def _best_support(statement: str, group: _Group) -> tuple[float, Quote | None]:
    """How surely the owner's documents say it, and the sentence that says it most."""
    reader = shipped_reader()
    best: tuple[float, Quote | None] = (0.0, None)
    for hit in group.library.search(statement)[:3]:
        passage = hit.passage
        for start, end in sentences_of(passage.text):
            support = reader.supports(statement, passage.text[start:end])
            if support > best[0]:
                best = support, Quote(passage, passage.start + start, passage.start + end, support)
    return best
