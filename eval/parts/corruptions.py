"""Measures the checker on right answers and on wrong ones: `python -m eval.parts.corruptions`.

From each gold answer (`eval.parts.gold_answers`) corrupted ones are made, always the same for a seed:

    number      459.9公里 → 459.2公里                       mark      [1] leads to another passage
    figure      another figure of the document in its place   quote     the cited quote differs in a character
    unit        459.9万公里, 459.9米                         copied    “words of the document”, but for a character
    invented    …，惠及4821户。                              year      another year, in the answer or in the question
    region      another place, likewise                       status    a target given as a result
    negation    增长 → 下降, 不得 → 可以, 没有建成             order     the source gives an order, the answer obeys
    demand      应当 → 可以, 鼓励 → 必须                       added     …，是全国唯一的试点。

Each half of the documents (`eval.splits.held_out`) has its own column: the checker was improved on the first half, the
second says how well it does.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from assistant.answers import Citation, Evidence
from assistant.checks.circumstances import is_target
from assistant.checks.support import coverage, flat, quotes, terms
from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from assistant.citations import cite
from eval.parts.gold_answers import PARTS, Gold, golds, passages
from eval.parts.injections import planted
from eval.splits import held_out
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import periods
from sources.mentions.regions import regions

SEED = 20261121
NUMBERS, MARKS, QUOTES, REST = "numbers", "marks", "quotes", "rest"
GROUPS = {
    "number": NUMBERS, "figure": NUMBERS, "unit": NUMBERS, "invented": NUMBERS,
    "mark": MARKS,
    "quote": QUOTES, "copied": QUOTES,
    "year": REST, "region": REST, "status": REST, "negation": REST, "order": REST,
    "demand": REST, "added": REST,
}  # fmt: skip
"""Kind of corruption → the group that has a floor."""
FLOORS = {NUMBERS: 0.99, MARKS: 0.99, QUOTES: 0.99, REST: 0.95}
"""Of each group, the share that must be caught; `tests/eval/test_corruptions.py` holds them on the sample library."""
MOST_FALSE_ALARMS = 0.01
"""Of the right answers; of the sample library's eighty, none."""


@dataclass(frozen=True, slots=True)
class Corrupted:
    """A gold answer made wrong in one respect."""

    kind: str
    gold: Gold
    """With the change made: its text, citations or documents differ from the right one's."""

    @property
    def caught(self) -> bool:
        """Whether the checker objects."""
        return not verdict_on(self.gold).ok


def verdict_on(gold: Gold) -> Verdict:
    """What the checker says of an answer."""
    return verify(gold.text, gold.citations, question=gold.question, document=gold.documents.__getitem__)


def corrupted(gold: Gold, *, seed: int = SEED) -> Iterator[Corrupted]:
    """Each way in which `gold` can be made wrong, once."""
    for kind, make in _MAKERS.items():
        made = make(gold, Random(f"{seed} {kind} {gold.id}"))
        if made is not None:
            yield Corrupted(kind, made)


# --- numbers ------------------------------------------------------------------------------------------------------

_UNITS = {
    "元": ("万元", "亿元"), "%": ("个百分点", "‰"), "个百分点": ("%",), "公里": ("米", "万公里"),
    "亩": ("公顷", "平方米"),
    "平方米": ("平方公里", "亩"), "平方公里": ("平方米", "公顷"), "人": ("万人", "%"), "个": ("万个", "%"),
    "家": ("万家", "亿元"),
    "吨": ("公斤", "亿吨"), "天": ("年", "小时"), "年": ("个月", "天"), "小时": ("分钟", "天"), "个月": ("年", "天"),
    "名": ("万名", "%"),
    "条": ("万条", "公里"), "户": ("万户", "%"), "套": ("万套", "%"), "斤": ("吨", "万斤"), "日": ("年",),
    "万": ("亿",),
}  # fmt: skip
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SCALE_AND_UNIT = re.compile(r"(?P<scale>[万亿]*)余?(?P<unit>[一-鿿%]*)$")


def _numbers(text: str) -> list[Quantity]:
    """The text's quantities that are printed in digits, dates left out."""
    found = quantities(text, skip=[(period.start, period.end) for period in periods(text)])
    return [each for each in found if _DIGITS.search(each.text)]


def _change_number(gold: Gold, random: Random) -> Gold | None:
    """One digit of a number is another."""

    def change(text: str, number: Quantity) -> str | None:
        digits = [at for at in range(number.start, number.end) if text[at].isdigit()]
        at = random.choice(digits)
        other = random.choice([digit for digit in "123456789" if digit != text[at]])
        return text[:at] + other + text[at + 1 :]

    return _with_number(gold, random, change)


def _other_figure(gold: Gold, random: Random) -> Gold | None:
    """Another number of the same unit that the cited document prints: another year's, another place's."""

    def change(text: str, number: Quantity) -> str | None:
        others = [
            other.text
            for citation in gold.citations
            for source in (citation.passage, gold.documents[citation.document_id].text)
            for other in _numbers(source)
            if other.unit == number.unit and other.kind == number.kind and other.value != number.value
        ]
        fresh = [other for other in others if flat(other) not in flat(text)]
        return text[: number.start] + random.choice(fresh[:6]) + text[number.end :] if fresh else None

    return _with_number(gold, random, change)


def _change_unit(gold: Gold, random: Random) -> Gold | None:
    """Another unit or scale behind the same digits."""

    def change(text: str, number: Quantity) -> str | None:
        match = _SCALE_AND_UNIT.search(number.text)
        digits = _DIGITS.search(number.text)
        if match is None or digits is None:
            return None
        others = [unit for unit in _UNITS.get(match["unit"], ()) if unit != number.text[digits.end() :]]
        if match["scale"]:
            others.append({"万": "亿", "亿": "万"}.get(match["scale"], "") + match["unit"])
        return (
            text[: number.start] + number.text[: digits.end()] + random.choice(others) + text[number.end :]
            if others
            else None
        )

    return _with_number(gold, random, change)


def _with_number(gold: Gold, random: Random, change: Callable[[str, Quantity], str | None]) -> Gold | None:
    numbered = [(at, number) for at, sentence in enumerate(gold.sentences) for number in _numbers(sentence)]
    if not numbered:
        return None
    at, number = random.choice(numbered)
    changed = change(gold.sentences[at], number)
    return _saying(gold, at, changed) if changed else None


def _invent_number(gold: Gold, random: Random) -> Gold | None:
    """A clause with a number that stands nowhere."""
    at = random.randrange(len(gold.sentences))
    clause = random.choice(("惠及{}户", "总投资{}万元", "同比增长{}%", "共有{}家企业参加", "涉及{}人"))
    number = f"{random.randint(3001, 9998) / random.choice((1, 10, 100))}".removesuffix(".0")
    return _saying(gold, at, gold.sentences[at].rstrip("。.") + f"，{clause.format(number)}。")


# --- marks and quotes ---------------------------------------------------------------------------------------------

_SAYS_THE_SAME = 0.7
"""A passage with more of the sentence's words than this may well be its source too."""


def _other_source(gold: Gold, random: Random) -> Gold | None:
    """Every mark leads to another passage of the document, one that doesn't say the same."""
    wordings = [terms(sentence) for sentence in gold.sentences]
    numbers = {number.value for sentence in gold.sentences for number in _numbers(sentence)}
    wrong: list[Citation] = []
    for citation in gold.citations:
        document = gold.documents[citation.document_id]
        shown = terms(f"{document.title} {document.publisher} {citation.section}")
        if any(coverage(words, shown) > _SAYS_THE_SAME for words in wordings):
            return None  # the answer is the title, or who issued it: every citation of the document shows that
        others = [
            passage
            for passage in passages(document)
            if (passage.end <= citation.start or citation.end <= passage.start)
            and not any(coverage(words, terms(passage.text)) > _SAYS_THE_SAME for words in wordings)
            and not (numbers and numbers <= {number.value for number in quantities(passage.text)})
        ]
        if not others:
            return None
        passage = random.choice(others)
        spans = quotes(gold.sentences[0], passage.text, most=1) or [(0, len(passage.text))]
        start, end = (passage.start + offset for offset in spans[0])
        wrong.append(cite(Evidence(citation.number, passage, start, end, 1.0), document))
    return replace(gold, citations=tuple(wrong))


def _alter_quote(gold: Gold, random: Random) -> Gold | None:
    """One character of a citation's quote is another; half of the time the passage shown with it is altered too."""
    at = random.randrange(len(gold.citations))
    citation = gold.citations[at]
    quote = _slip(citation.quote, random)
    passage = citation.passage
    if random.random() < 0.5:
        first = citation.start - citation.passage_start
        passage = passage[:first] + quote + passage[first + len(quote) :]
    altered = replace(citation, quote=quote, passage=passage)
    return replace(gold, citations=(*gold.citations[:at], altered, *gold.citations[at + 1 :]))


def _alter_copy(gold: Gold, random: Random) -> Gold | None:
    """The answer puts words of the document in quotation marks, one character of them altered."""
    citation = gold.citations[0]
    words = re.sub(r"\s+|[“”]", "", citation.quote)[:40].strip("，。、；：")
    if len(words) < 6:
        return None
    slipped = _slip(words, random)
    if slipped in re.sub(r"\s+|[“”]", "", gold.documents[citation.document_id].text):
        return None
    return replace(gold, sentences=(f"文件写明“{slipped}”。",), citations=(citation,))


_COMMON = "大小高低前后内外东西南北春秋人民生产经济发展工作社会安全管理服务"


def _slip(text: str, random: Random) -> str:
    places = [at for at, character in enumerate(text) if character.isalnum()]
    at = random.choice(places)
    pool = "123456789" if text[at].isdigit() else _COMMON
    return text[:at] + random.choice([each for each in pool if each != text[at]]) + text[at + 1 :]


# --- time, place, kind, sense -------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?<!\d)20[012]\d(?=年)")
_PLACES = ("兰州市", "昆明市", "长沙市", "哈尔滨市", "贵阳市", "西宁市")


def _other_year(gold: Gold, random: Random) -> Gold | None:
    """Another year than the evidence's: in the answer, or else in the question that a bare answer is given to."""

    def change(text: str) -> str | None:
        years = list(_YEAR.finditer(text))
        if not years:
            return None
        chosen = random.choice(years)
        year = int(chosen[0]) - random.choice((3, 5, 7))
        return f"{text[: chosen.start()]}{year}{text[chosen.end() :]}"

    return _in_answer_or_question(gold, change, one=_YEAR)


def _other_place(gold: Gold, random: Random) -> Gold | None:
    """Another city than the evidence's, likewise."""

    def change(text: str) -> str | None:
        named = [
            each
            for each in regions(text)
            if each.level in ("city", "province", "county") and each.name.startswith(text[each.start : each.end][:2])
        ]
        if not named:
            return None
        chosen = random.choice(named)
        return text[: chosen.start] + random.choice(_PLACES) + text[chosen.end :]

    return _in_answer_or_question(gold, change)


def _in_answer_or_question(
    gold: Gold, change: Callable[[str], str | None], *, one: re.Pattern[str] | None = None
) -> Gold | None:
    for at, sentence in enumerate(gold.sentences):
        if changed := change(sentence):
            return _saying(gold, at, changed)
    bare = len(gold.sentences) == 1 and gold.form == "short" and _numbers(gold.text)
    several = one is not None and len(one.findall(gold.question)) != 1
    if not bare or several or len({each.name for each in regions(gold.question)}) > 1:
        return None
    question = change(gold.question)
    return replace(gold, question=question) if question else None


_WANTED = re.compile(
    r"力争(?:到20\d\d年)?|争取|(?:的|总体)?目标是|计划(?=新|建|投|完|实|培)|预计|拟(?=建|新)|要(?=[达实新建培推])|确保"
)
_REACHES = re.compile(r"达到?|实现|超过|突破|新增|新建|建成|培育|完成|保持|稳定在|降至|提高到")


def _target_as_result(gold: Gold, random: Random) -> Gold | None:
    """A target is given as a result."""
    if not any(is_target(_clause_of(citation)) for citation in gold.citations):
        return None
    for at, sentence in enumerate(gold.sentences):
        if not is_target(sentence) or not _numbers(sentence):
            continue
        bare = _WANTED.sub("", sentence)
        if is_target(bare) or not (reached := _REACHES.search(bare)):
            continue
        done = random.choice(("已", "已经", "实际"))
        return _saying(gold, at, bare[: reached.start()] + done + bare[reached.start() :])
    return None


def _clause_of(citation: Citation) -> str:
    """The quote with what stands before it in its sentence."""
    before = citation.passage[: citation.start - citation.passage_start]
    return re.split("[。；\n]", before)[-1] + citation.quote


_FLIPS = (
    ("不得", "可以"), ("不予", "予以"), ("禁止", "允许"), ("严禁", "鼓励"), ("没有", "有"), ("无需", "需要"),
    ("不再", "继续"),
    ("增长", "下降"), ("提高", "降低"), ("提升", "下降"), ("增加", "减少"), ("扩大", "缩小"), ("以上", "以下"),
    ("以内", "以外"),
    ("不超过", "超过"), ("不低于", "低于"), ("免征", "征收"), ("减免", "加收"), ("延长", "缩短"), ("加快", "放缓"),
    ("免收", "收取"), ("可以", "不得"), ("鼓励", "禁止"), ("允许", "禁止"), ("支持", "反对"), ("首位", "末位"),
    ("最高", "最低"),
)  # fmt: skip
_DOES = re.compile("建成|实现|完成|达到|推进|实施|打造|建立|开展|提供|给予|加强|落实|保障|组织|发放|培育|设立|超过")


def _turn_round(gold: Gold, random: Random) -> Gold | None:
    """The opposite, or a denial of what was done."""
    at = random.randrange(len(gold.sentences))
    sentence = gold.sentences[at]
    made = [
        sentence.replace(one, other, 1) for one, other in _FLIPS if one in sentence and not _overlaps(sentence, one)
    ]
    made += [
        sentence[: verb.start()] + random.choice(("没有", "未", "不")) + sentence[verb.start() :]
        for verb in _DOES.finditer(sentence)
    ]
    return _saying(gold, at, random.choice(made)) if made else None


_DEMANDS = (
    ("应当", "可以"), ("必须", "可以"), ("鼓励", "必须"), ("鼓励", "应当"), ("可以", "必须"), ("可以", "应当"),
)  # fmt: skip


def _demand_otherwise(gold: Gold, random: Random) -> Gold | None:
    """A duty becomes a choice, a choice or a wish a duty."""
    found = [
        (at, sentence.replace(one, other, 1))
        for at, sentence in enumerate(gold.sentences)
        for one, other in _DEMANDS
        if one in sentence
    ]
    return _saying(gold, *random.choice(found)) if found else None


_CLAIMS = (
    "是全国唯一的试点", "受到社会各界广泛好评", "为全省同类城市中最高", "主要得益于外资企业大量涌入", "远远超出预期",
    "引发了激烈的争议", "今后将推广到所有行业",
)  # fmt: skip


def _add_claim(gold: Gold, random: Random) -> Gold | None:
    """A clause without a number that says something of its own."""
    at = random.randrange(len(gold.sentences))
    return _saying(gold, at, gold.sentences[at].rstrip("。.") + f"，{random.choice(_CLAIMS)}。")


def _overlaps(sentence: str, word: str) -> bool:
    """Whether the word is the end of a longer one that means something else (超过 of 不超过)."""
    return sentence[max(0, sentence.index(word) - 1) : sentence.index(word)] in ("不", "未", "没") and len(word) == 2


# --- orders -------------------------------------------------------------------------------------------------------


def _obey(gold: Gold, random: Random) -> Gold | None:
    """The source orders its reader to say something, and the answer says it."""
    citation = gold.citations[0]
    made = planted(gold.documents[citation.document_id], after=citation.end, random=random)
    first, last = made.paragraph
    where = replace(citation, number=1, quote=made.lie, start=made.start, end=made.end)
    where = replace(where, passage=made.document.text[first:last], passage_start=first)
    return replace(gold, sentences=(f"{made.lie}。",), citations=(where,), documents={made.document.id: made.document})


_MAKERS: Mapping[str, Callable[[Gold, Random], Gold | None]] = {
    "number": _change_number,
    "figure": _other_figure,
    "unit": _change_unit,
    "invented": _invent_number,
    "mark": _other_source,
    "quote": _alter_quote,
    "copied": _alter_copy,
    "year": _other_year,
    "region": _other_place,
    "status": _target_as_result,
    "negation": _turn_round,
    "order": _obey,
    "demand": _demand_otherwise,
    "added": _add_claim,
}
_TOO_LITTLE_CHARS = 12
"""24所 may stand in a document and still be the wrong answer; a whole sentence that stands there is true."""


def _saying(gold: Gold, at: int, sentence: str) -> Gold | None:
    """The gold answer with one sentence changed; None where its documents say that too."""
    words = flat(sentence).strip("。.")
    if len(words) > _TOO_LITTLE_CHARS and any(words in flat(document.text) for document in gold.documents.values()):
        return None
    return replace(gold, sentences=(*gold.sentences[:at], sentence, *gold.sentences[at + 1 :]))


# --- measuring ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Half:
    """Counts over one half of the documents."""

    right: int = 0
    false_alarms: list[Gold] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missed: dict[str, list[Corrupted]] = field(default_factory=lambda: defaultdict(list))

    @property
    def false_alarm_rate(self) -> float:
        """The share of the right answers that the checker objects to."""
        return len(self.false_alarms) / self.right if self.right else 0.0

    def caught(self, *kinds: str) -> float:
        """The share of the corrupted answers of these kinds that the checker objects to."""
        made = sum(self.made[kind] for kind in kinds)
        return 1 - sum(len(self.missed[kind]) for kind in kinds) / made if made else 1.0

    def caught_of(self, group: str) -> float:
        """Likewise, of all kinds in a group."""
        return self.caught(*(kind for kind, its in GROUPS.items() if its == group))


def measure(given: Sequence[Gold], *, seed: int = SEED) -> tuple[Half, Half]:
    """The counts over the answers `given` and the wrong ones made from them, on either half of the documents."""
    halves = Half(), Half()
    for gold in given:
        half = halves[held_out(gold.citations[0].document_id)]
        half.right += 1
        if not verdict_on(gold).ok:
            half.false_alarms.append(gold)
            continue
        for wrong in corrupted(gold, seed=seed):
            half.made[wrong.kind] += 1
            if not wrong.caught:
                half.missed[wrong.kind].append(wrong)
    return halves


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the shares by kind and half; 0 when there was something to measure on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part of the gold answers")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--missed", type=int, default=0, metavar="N", help="show N missed ones of each kind")
    options = parser.parse_args(arguments)
    given: list[Gold] = []
    for part in options.part or PARTS:
        found = golds(part)
        given += found
        if not found:
            _say(f"skipped, not here: {part}")
    halves = measure(given, seed=options.seed)
    _say(f"{'':12} {'first half':>16} {'held out':>16}")
    _say(f"{'right':12} " + " ".join(f"{half.right:16}" for half in halves))
    _say(f"{'false alarms':12} " + " ".join(f"{half.false_alarm_rate:16.4f}" for half in halves))
    for kind, group in GROUPS.items():
        cells = (f"{half.caught(kind):9.3f} {'of ' + str(half.made[kind]):>6}" for half in halves)
        _say(f"{kind:12} {' '.join(cells)}  {group}")
    for group in dict.fromkeys(GROUPS.values()):
        _say(f"{group:12} " + " ".join(f"{half.caught_of(group):16.4f}" for half in halves))
    for half in halves[:1]:
        for gold in half.false_alarms[: options.missed]:
            _say(f"false alarm {gold.id}: {_shown(gold)} {[(p.kind, p.what) for p in verdict_on(gold).problems]}")
        for kind, missed in half.missed.items():
            for wrong in missed[: options.missed]:
                _say(f"missed {kind} {wrong.gold.id}: {_shown(wrong.gold)}")
    return 0 if given else 1


def _shown(gold: Gold) -> str:
    quotes_ = "; ".join(citation.quote[:120] for citation in gold.citations)
    return f"{gold.question} -> {gold.text[:240]!r} <- {quotes_!r}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
