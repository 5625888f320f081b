"""Questions that ask for more than a name or a figure, made from laws, regulations and notices.

What a term means is answered by the sentence that explains it (本条例所称X，是指…), not by one that only mentions it.
What is asked by a heading, or by what introduces a list (应当具备下列条件：…), is answered by all that follows.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from training.corpora import broadcasts, laws, policy_questions, questions
from training.reader.changes import changes
from training.reader.samples import LONGEST, MORE, Sample, records, windows

_MEANS = re.compile(
    r"(?:(?:本|该)[^，。；：\n]{1,12}?(?:所称|中)的?|所称的?|所谓|（[一二三四五六七八九十]+）|\d+[.．、]|^|[。；\n])"
    r"[“\"]?(?P<term>[一-鿿A-Za-z0-9（）、]{2,18}?)[”\"]?(?:，)?(?:是指|指的是|，指|系指|的含义是)(?P<told>[^。]{8,200}。?)"
)
_INTRODUCES = re.compile(
    r"(?P<lead>[^。；：\n]{4,60}?)下列(?P<what>[^，。；：的]{0,8}?)(?P<one>之一)?"
    r"(?P<rest>[^。；：]{0,40})[：:](?P<items>(?:\s*[（(][一二三四五六七八九十]+[)）][^\n]*?)+)(?:\s|$)"
)
_HEADING = re.compile(
    r"(?m)^ *(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.、．])"
    r"(?P<title>[^\n。，；：]{4,22})[。\n：]\s*"
    r"(?P<body>(?:(?! *[一二三四五六七八九十]+、)[^\n]+\n?){1,4})"
)
_ASKS_MEANING = ("什么是{}？", "{}是什么？", "{}是什么意思？", "{}是指什么？", "{}的定义是什么？", "{}指的是什么",
                 "何为{}？", "{}怎么理解？", "请解释一下{}", "{}的含义", "啥叫{}？")  # fmt: skip
_ASKS_HEADING = ("{}有哪些要求？", "{}怎么做？", "{}方面有哪些措施？", "如何{}？", "{}的主要内容是什么？",
                 "{}有什么安排？", "{}", "关于{}是怎么规定的？", "怎样{}？", "{}包括哪些内容？",
                 "介绍一下{}")  # fmt: skip
_FIRST = re.compile(
    r"^(?P<term>[一-鿿A-Za-z·]{2,12})(?:（[^）]*）|\([^)]*\))?(?:，[^，。]{1,12}，?)?(?:，|是|为)(?P<told>[^。]{8,150}。)"
)


def article_samples(rng: random.Random) -> Iterator[Sample]:
    """What laws and regulations explain, list and call conditions."""
    by_law: dict[str, list[str]] = defaultdict(list)
    for each in laws():
        by_law[each.law].append(each.text)
    for row in records(MORE / "policies" / "regulations.jsonl.xz"):
        by_law[row["title"]].extend(part.strip() for part in row["text"].split("\n\n") if len(part) > 8)
    for law, texts in by_law.items():
        for number, text in enumerate(texts):
            if "指" in text:
                yield from _meanings(law, number, texts, rng)
            if "下列" in text and len(text) < 600:
                yield from _lists(law, number, texts, rng)


def _meanings(law: str, number: int, texts: Sequence[str], rng: random.Random) -> Iterator[Sample]:
    text = texts[number]
    place = "meanings", law
    for match in list(_MEANS.finditer(text))[:4]:
        term = match["term"].strip("、（）")
        if len(term) < 2 or term.startswith(("本", "其", "前款", "下列", "上述", "应当")):
            continue
        start = max(0, match.start() - rng.choice([0, 0, 40, 120]))
        passage = text[start : match.end() + rng.choice([0, 0, 60])]
        told = (match.start("term") - start, match.end("told") - start)
        question = rng.choice(_ASKS_MEANING).format(term)
        yield Sample(question, passage, *place, (told,), kind="meaning", weight=1.0)
        mentions = [other for n, other in enumerate(texts) if n != number and term in other and "指" not in other]
        for other in rng.sample(mentions, min(3, len(mentions))):
            question = rng.choice(_ASKS_MEANING).format(term)
            yield Sample(question, other[:LONGEST], *place, kind="mention", weight=1.0)
        for change in [
            each for each in changes(term, rng, kinds=("group", "counted", "place")) if each.new not in text
        ]:
            asked = rng.choice(_ASKS_MEANING).format(change.text)
            yield Sample(asked, passage, *place, kind="other term", weight=0.5)


def _lists(law: str, number: int, texts: Sequence[str], rng: random.Random) -> Iterator[Sample]:
    text = texts[number]
    head = re.match(r"(?:第[一二三四五六七八九十百千零]+条(?:之[一二三四五])?)?\s*", text)
    match = _INTRODUCES.search(f"{text}\n", head.end() if head else 0)
    if not match:
        return
    lead, what, rest = match["lead"].strip(), match["what"], match["rest"]
    asked = f"{lead}哪些{what or '情形'}{rest if rest.startswith('的') else ''}".replace("之一", "")
    asked = asked.replace("有哪些情形的", "哪些情形").replace("应当", rng.choice(["应当", "需要", "要"]))
    if rest.startswith("的") and "，" in rest:
        asked = rng.choice([f"什么情况下{rest.split('，', 1)[1]}", asked])
    question = rng.choice([f"{asked}？", f"{asked}？", asked])
    if not 6 <= len(question) <= 70:
        return
    items = match["items"].rstrip()
    start = match.start("items")
    start += len(match["items"]) - len(match["items"].lstrip())
    stop = min(start + len(items.strip()), start + LONGEST)
    passage = text[: stop + rng.choice([0, 60])][:600]
    place = "lists", law
    if stop <= len(passage):
        yield Sample(question, passage, *place, ((start, stop),), kind="long", weight=0.8)
        others = [n for n in range(max(0, number - 4), min(len(texts), number + 5)) if n != number]
        for n in rng.sample(others, min(2, len(others))):
            if "下列" in texts[n] or rng.random() < 0.3:
                yield Sample(question, texts[n][:LONGEST], *place, kind="own", weight=0.7)
        for change in [each for each in changes(question, rng) if each.new not in passage][:1]:
            yield Sample(change.text, passage, *place, kind=change.kind, weight=0.5)


def heading_samples(rng: random.Random) -> Iterator[Sample]:
    """Headings of notices and policies, asked for; their sections answer, whole."""
    allowed = {document for document, _ in policy_questions()}
    papers = [(row["docid"], row["text"]) for row in records(MORE / "policies" / "notices.jsonl")]
    papers += [(row["docid"], row["text"]) for row in records(MORE / "guangzhou" / "docs.jsonl")]
    papers += [
        (row["docid"], row["text"]) for row in records(MORE.parent / "ncp" / "docs.jsonl") if row["docid"] in allowed
    ]
    for document, text in papers:
        found = list(_HEADING.finditer(text.replace("\r", "")))
        for match in found:
            title, body = re.sub(r"\s", "", match["title"]), match["body"].rstrip()[:LONGEST]
            if len(body) < 30:
                continue
            question = rng.choice(_ASKS_HEADING).format(title)
            lead = match[0][: match.start("body") - match.start()] if rng.random() < 0.6 else ""
            place = "headings", document
            yield Sample(question, lead + body, *place, ((len(lead), len(lead) + len(body)),), kind="long", weight=0.8)
            for other in rng.sample(found, min(2, len(found))):
                if other is not match and not set(other["title"]) & set(title) - set("的和与工作加强做好"):
                    yield Sample(question, other[0][:LONGEST], *place, kind="own", weight=0.6)
    for n, each in enumerate(broadcasts()):
        if n % 4 == 0 and 8 <= len(each.title) <= 40 and len(each.body) > 60:
            # A headline is told by the item's first sentences.
            told = windows(each.body[:400], 160)[0]
            span = 0, min(len(told), 300)
            yield Sample(each.title, each.body[:300], "headlines", f"broadcast{n}", (span,), kind="long", weight=0.3)


def first_sentences(rng: random.Random) -> Iterator[Sample]:
    """What an encyclopedia's first sentence explains, and paragraphs that only mention it."""
    contexts = list(dict.fromkeys(each.context for name in ("cmrc2018-train", "drcd") for each in questions(name)))
    for context in contexts:
        match = _FIRST.match(context)
        if not match or len(match["term"]) < 2:
            continue
        term, place = match["term"], ("meanings", context[:200])
        question = rng.choice(_ASKS_MEANING).format(term)
        yield Sample(question, context[:300], *place, (match.span(),), kind="meaning")
        rest = context[match.end() :]
        if term in rest and len(rest) > 60:
            yield Sample(question, rest[:260], *place, kind="mention", weight=0.5)
        others = [other for other in rng.sample(contexts, 200) if term in other and not other.startswith(term)]
        for other in others[:2]:
            at = max(0, other.find(term) - 100)
            yield Sample(question, other[at : at + 240], *place, kind="mention", weight=0.5)
