"""Statements, and whether the words they cite say so; made from documents and from answered questions.

    2023年全市新建公租房1.2万套，比上年增长8%。
      supported      全市2023年新建公租房12000套。
      not supported  2023年全市新建公租房1.2万套，比上年下降8%。   (direction)

True ones are shortened, reordered, reworded, or have their figures written otherwise. False ones are true ones with one
thing changed (`changes`), with something added, or mixed of two sentences. Some have the same changed on both sides, or
the change in the words cited: nothing about a statement alone tells whether it is true.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from assistant.reading.reader import STATED
from sources.mentions.numerals import quantities
from sources.sentences import clauses, sentences
from training.reader.changes import KINDS, Change, changes
from training.reader.clozes import thinner
from training.reader.made import texts
from training.reader.questions import asked
from training.reader.samples import Sample, located, pairs, windows

_SAME = [
    row.split()
    for row in """
    增长 增加
    上升 提高
    下降 降低
    减少 下降
    达到 达
    截至 到
    目前 现在
    共计 总共 一共 合计
    累计 总计
    大约 约 大概
    应当 应 须 要
    不得 不能 不可以 禁止
    可以 可 能够
    需要 须
    按照 依照 根据 依据
    规定 明确
    发放 发给
    缴纳 交纳
    申请 申办
    开展 进行
    设立 成立
    建立 建起
    包括 包含
    以及 和 及
    由于 因为
    因此 所以
    如果 若 要是
    之后 以后 后
    之前 以前 前
    同时 与此同时
    但是 但 不过
    负责 承担
    提供 给予
    购买 采购
    居住 住
    子女 孩子
    老年人 老人
    残疾人 残障人士
    公民 市民
    医疗机构 医院
    补贴 补助
    津贴 补贴
    费用 花费
    举办 举行
    召开 举行
    表示 说
    指出 提到
    宣布 公布
    位于 在
    出生于 生于
    逝世 去世
    毕业于 就读于
    创建 创立
    任命为 任
    超过 逾
    不足 不到
    全部 所有
    部分 一部分
    每年 一年
    本年度 今年
    上年 去年 上一年
    同比 比去年同期
    首次 第一次
    完成 做完
    提升 提高
    扩大 扩展
    推动 促进
    工作日 个工作日
    近日 日前
    十分 非常 很
    许多 很多 不少
    没有 未
    尚未 还没有
    """.strip().splitlines()
]
_SYNONYMS = {word: [other for other in row if other != word] for row in _SAME for word in row if len(word) > 1}
_WORDS = re.compile("|".join(sorted(map(re.escape, _SYNONYMS), key=len, reverse=True)))
_LEAD = re.compile(
    r"^(?:(?:据|根据|按照|依据|为了|为)[^，。]{2,30}，|(?:记者|本报)[^，。]{0,20}(?:获悉|了解到)，|[^，。]{0,12}(?:介绍|表示|指出|强调|认为)，)"
)
_BOUND = re.compile(r"除外|除|但|的，|如果|未经|若|否则|只有|不得|以及其他|应当|的情况")
"""What the rest of a sentence can't be left out beside: conditions and exceptions."""
_DATE = re.compile(r"^(?P<date>(?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}日)?|今年|去年)，?(?P<rest>[^，。]{6,}.*)$")
_ASKS = re.compile(
    r"(?:哪一年|哪一天|哪年|何时|什么时候|什么时间|几年|几月几日|多少[个人名年元米公里平方次只座所家种部集岁天万亿条间台]{0,4}|谁|"
    r"哪里|哪儿|何处|什么地方|哪(?:一|两|几|些)?[个座种部位条家所支类本项首场名国省市县]{0,2}[一-鿿]{0,2}(?=[的是在有？?]|$)|什么(?=[？?]|$))"
)
_ADDED = (
    "，居全国首位", "，创历史新高", "，受到群众一致好评", "，为近十年来最高", "，比上年增长{n}%", "，其中{n}%来自农村",
    "，并将于明年底前完成", "，由市财政全额承担", "，惠及{n}万人", "，位居全省第{k}",
    "，较计划提前{k}个月", "，无需任何材料", "，逾期不予受理", "，适用于所有居民",
    "，同时给予{n}万元奖励", "，主要原因是政策支持", "，这是国务院的要求",
    "，全年有效", "，每户最多{k}次", "，网上即可办理",
)  # fmt: skip
_ANSWERED_NO = {"number", "unit", "direction", "negation", "degree", "per", "kind"}
LEAST, MOST = 14, 130
ANSWERED = ("cmrc", "drcd", "squad2", "xquad", "robust", "cail2019")
"""Sets of questions whose answers are made into statements."""


def reworded(sentence: str, rng: random.Random) -> tuple[str, str]:
    """The same in other words, or less of it; and how it was made."""
    text, made = sentence.strip(), []
    if rng.random() < 0.6 and (match := _LEAD.match(text)) and len(text) - match.end() > 10:
        text = text[match.end() :]
        made.append("lead")
    if rng.random() < 0.5 and not _BOUND.search(text):
        parts = clauses(text)
        if len(parts) > 1:
            stop = rng.randrange(1, len(parts))
            kept = text[parts[0][0] : parts[stop - 1][1]]
            if rng.random() < 0.3 and stop < len(parts):
                at = rng.randrange(stop, len(parts))
                kept += text[parts[at][0] : parts[at][1]]
            if len(kept) >= 10:
                text = kept.rstrip("，；：、。") + "。"
                made.append("shorter")
    if rng.random() < 0.5:
        share = rng.choice([0.4, 0.8])
        text, before = _WORDS.sub(lambda m: rng.choice(_SYNONYMS[m[0]]) if rng.random() < share else m[0], text), text
        if text != before:
            made.append("words")
    if rng.random() < 0.5 and (other := _written(text, rng)):
        text = other
        made.append("figure")
    if rng.random() < 0.35 and (match := _DATE.match(text)) and match["date"]:
        rest = match["rest"].rstrip("。")
        text = rng.choice([f"{rest}（{match['date']}）。", f"在{match['date']}，{rest}。", f"{match['date']}{rest}。"])
        made.append("date")
    if rng.random() < 0.3:
        stripped = re.sub(r"（[^）]*）|[“”]", "", text)
        if len(stripped) > 10 and stripped != text and "（" not in stripped:
            text = stripped
            made.append("brackets")
    if rng.random() < 0.08:
        text = rng.choice(["根据材料，", "文件显示，", "材料提到，", "据此，"]) + text
    return text, "+".join(made) or "as it stands"


def _written(text: str, rng: random.Random) -> str:
    """With a figure written another way; "" where there is none."""
    for each in rng.sample(found := quantities(text), len(found)):
        match = re.match(r"(\d[\d,]*(?:\.\d+)?)(万亿|亿|万)?", each.text)
        if not match:
            continue
        rest = each.text[match.end() :]
        value = Decimal(match[1].replace(",", "")) * {"万亿": 10**12, "亿": 10**8, "万": 10**4, None: 1}[match[2]]
        ways = []
        if value >= 10_000:
            ways.append(f"{(value / 10**4).normalize():f}万")
        if value >= 10**8:
            ways.append(f"{(value / 10**8).normalize():f}亿")
        if value == int(value) and value < 10**8:
            ways += [f"{int(value)}", f"{int(value):,}"]
        if rest.startswith("%") and not match[2]:
            ways, rest = [f"百分之{match[1]}"], rest[1:]
        ways = [way for way in ways if way != match[0]]
        if ways:
            return text[: each.start] + rng.choice(ways) + rest + text[each.end :]
    return ""


def statement_samples(name: str, most: int, rng: random.Random) -> Iterator[Sample]:
    """Statements made from up to so many stretches of plain texts."""
    elsewhere = "这项工作正在推进。"
    for document, body in texts(name, most, rng):
        every = sentences(body)
        usable = [n for n, (s, e) in enumerate(every) if LEAST <= e - s <= MOST]
        for n in rng.sample(usable, min(2, len(usable))):
            start, end = every[n]
            sentence = body[start:end].strip()
            cited = _cited(body, every, n, rng)
            place = name, document
            yield from _statements(sentence, cited, place, rng)
            beside = [body[s:e].strip() for s, e in every if (s, e) != (start, end) and LEAST <= e - s <= MOST]
            if beside and rng.random() < 0.4:
                other = max(
                    rng.sample(beside, min(4, len(beside))), key=lambda text: len(pairs(text) & pairs(sentence))
                )
                if other not in cited and len(pairs(other) & pairs(cited)) < 0.6 * len(pairs(other)):
                    yield _stated(reworded(other, rng)[0], cited, place, 0, "elsewhere")
                    if (mixed := _mixed(sentence, other)) and mixed not in cited:
                        yield _stated(mixed, sentence, place, 0, "mixed")
                elsewhere = other
            if rng.random() < 0.35:
                told = reworded(sentence, rng)[0].rstrip("。")
                extra = rng.choice(_ADDED).format(n=rng.randrange(2, 90), k=rng.randrange(2, 9))
                if rng.random() < 0.3 and len(elsewhere) < 60:
                    extra = f"，{elsewhere.rstrip('。')}"
                if extra.strip("，") not in cited:
                    yield _stated(f"{told}{extra}。", cited, place, 0, "added")
            if rng.random() < 0.3:
                yield from _yes_or_no(sentence, cited, place, rng)


def _cited(body: str, every: Sequence[tuple[int, int]], n: int, rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.55:
        first = last = n
    elif draw < 0.85:
        first, last = max(0, n - rng.randrange(2)), min(len(every) - 1, n + rng.randrange(2))
    else:
        first, last = max(0, n - 2), min(len(every) - 1, n + 2)
    text = body[every[first][0] : every[last][1]].strip()
    return text if len(text) <= 400 else body[slice(*every[n])].strip()


def _stated(text: str, cited: str, place: tuple[str, str], supported: int, kind: str, weight: float = 1.0) -> Sample:
    return Sample(STATED + text, cited, f"says-{place[0]}", place[1], kind=kind, weight=weight, supported=supported)


def _statements(sentence: str, cited: str, place: tuple[str, str], rng: random.Random) -> Iterator[Sample]:
    told, how = reworded(sentence, rng)
    if rng.random() < 0.25:
        told, how = thinner(sentence, rng), "thinner"
    yield _stated(told, cited, place, 1, how)
    if rng.random() < 0.35:
        again, how = reworded(sentence, rng)
        if again != told:
            yield _stated(again, cited, place, 1, how)
    made = [each for each in changes(told, rng, kinds=KINDS) if _differs(each, cited)]
    rng.shuffle(made)
    made.sort(key=lambda each: each.kind in ("counted", "number") and rng.random() < 0.5)
    for change in made[: rng.choice([1, 2, 2, 3])]:
        weight = 0.6 if change.kind == "counted" else 1.0
        yield _stated(change.text, cited, place, 0, change.kind, weight)
        old = told[slice(*change.old)]
        if len(old) > 1 and old in cited and rng.random() < 0.3:
            replaced = cited.replace(old, change.new)
            yield _stated(change.text, replaced, place, 1, "changed on both sides", 0.7)
            if rng.random() < 0.6:
                yield _stated(told, replaced, place, 0, f"{change.kind} there", 0.7 * weight)


def _differs(change: Change, cited: str) -> bool:
    """Whether what was changed is what the cited words say, and the new words nowhere in them."""
    return (not change.new or change.new not in cited or change.kind in ("number", "unit")) and change.text not in cited


def _mixed(one: str, other: str) -> str:
    """The beginning of one with the end of the other."""
    first, second = clauses(one), clauses(other)
    if len(first) < 2 or len(second) < 2:
        return ""
    return one[first[0][0] : first[0][1]] + other[second[-1][0] : second[-1][1]]


def _yes_or_no(sentence: str, cited: str, place: tuple[str, str], rng: random.Random) -> Iterator[Sample]:
    told, _ = reworded(sentence, rng)
    at = located(cited, sentence)
    if at is None or not 8 <= len(told) <= 70:
        return
    yield Sample(_whether(told, rng), cited, f"asks-{place[0]}", place[1], (at,), kind="yes", weight=0.6, yesno=1)
    for change in [each for each in changes(told, rng) if _differs(each, cited)][:6]:
        question = _whether(change.text, rng)
        if change.kind in _ANSWERED_NO and rng.random() < 0.5:
            yield Sample(question, cited, f"asks-{place[0]}", place[1], (at,), kind="no", weight=0.6, yesno=0)
        elif change.kind in ("place", "year", "actor", "group") and rng.random() < 0.3:
            yield Sample(question, cited, f"asks-{place[0]}", place[1], kind=change.kind, weight=0.5)


def _whether(text: str, rng: random.Random) -> str:
    bare = text.rstrip("。；，")
    ways = [f"{bare}吗？", f"{bare}，对吗？", f"{bare}是不是真的？", f"请问{bare}吗", f"是否{bare}？"]
    for word in ("可以", "能", "需要", "应当", "是", "会", "有"):
        if bare.count(word) == 1 and f"不{word}" not in bare and "没有" not in bare:
            doubled = {"可以": "可不可以", "能": "能不能", "需要": "需不需要", "应当": "是否应当", "是": "是不是"}.get(
                word, f"是否{word}"
            )
            ways += [bare.replace(word, doubled) + "？"] * 2
            break
    return rng.choice(ways)


def answer_statements(name: str, rng: random.Random) -> Iterator[Sample]:
    """People's questions with the answer put where they ask, or another answer of the same text."""
    rows = [
        row for row in asked(name)
        if row.answers and not row.all and len(row.answers[0]) <= 40 and not set(row.answers[0]) & set("。；，？！")
    ]  # fmt: skip
    by_text: dict[str, list[str]] = {}
    for row in rows:
        by_text.setdefault(row.context, []).append(row.answers[0])
    for row in rows:
        answer = row.answers[0]
        found = list(_ASKS.finditer(row.question))
        if len(found) != 1:
            continue
        start, end = found[0].span()
        after = row.question[end:].rstrip("？?。 ")
        unit = re.search(r"[一-鿿]*$", answer)
        if unit and unit[0] and after.startswith(unit[0]):
            after = after[len(unit[0]) :]
        told = f"{row.question[:start]}{answer}{after}。"
        cited = next((part for part in windows(row.context, 200) if located(part, answer)), "")
        if not cited or len(told) > 110:
            continue
        place = name, row.context[:200]
        yield _stated(told, cited, place, 1, "answer")
        others = [each for each in by_text[row.context] if each not in answer and answer not in each]
        # Of the same sort where there are such: a year for a year, a name for a name.
        others = [each for each in others if each[:1].isdigit() == answer[:1].isdigit()] or others
        if others:
            wrong = rng.choice(others)
            yield _stated(told.replace(answer, wrong), cited, place, 0, "another answer", 0.8)
        made = [each for each in changes(told, rng) if _differs(each, cited)]
        for change in rng.sample(made, min(1, len(made))):
            yield _stated(change.text, cited, place, 0, change.kind, 0.6 if change.kind == "counted" else 0.9)
