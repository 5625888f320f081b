"""Questions with the passages that answer them, from the sets for reading, policies, law, messages and services."""

from __future__ import annotations

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cn2an

from eval.splits import linked
from training.corpora import DATA, law_questions, laws, policies, policy_questions, questions
from training.encoder.collection import (
    NO_ITEM,
    Case,
    Collection,
    answering,
    aside,
    cut,
    shared,
)
from training.encoder.kinds import Source

MORE = DATA / "more"
_COUNTRY = "中华人民共和国"
_ANSWER_BEGINS = re.compile(r"^.{0,260}?(?:回复|答复|说明|函复|反馈)(?:如下|：|:)+[：:\s]*", re.S)
_NAMED_ARTICLE = re.compile(r"《?([^《》]{2,30}?)》?(第[一二三四五六七八九十百千零〇0-9]+条)")


def add(made: Collection) -> None:
    """Everything that somebody asked."""
    _reading(made)
    _policies(made)
    _law(made)
    _messages(made)
    _services(made)
    _site(made)
    _paraphrases(made)


def _reading(made: Collection) -> None:
    whole: list[int] = []
    kept: list[tuple[int, list[int]]] = []
    passages: dict[str, list[int]] = {}
    texts: dict[str, list[str]] = {}

    def numbers(context: str) -> list[int]:
        if context not in passages:
            texts[context] = cut(context)
            passages[context] = [made.passage(text) for text in texts[context]]
        return passages[context]

    for source, name in ((Source.CMRC, "cmrc2018-train"), (Source.DRCD, "drcd")):
        for each in questions(name):
            own = numbers(each.context)
            at = answering(each.question, each.answer, texts[each.context])
            if at is None:
                continue
            if aside(each.context, one_in=20):
                kept.append((made.query(each.question), [own[at]]))
            else:
                made.pair(each.question, own[at], source)
    whole = [number for own in passages.values() for number in own]
    made.cases["encyclopedia"] = Case(unique_numbers(whole), kept)
    files = (
        (Source.SQUAD, "squad2-zh.jsonl.xz"),
        (Source.DUREADER, "dureader-robust.jsonl.xz"),
        (Source.DUREADER, "dureader-checklist.jsonl"),
        (Source.XQUAD, "xquad-zh.jsonl.xz"),
        (Source.CAIL, "cail2019.jsonl.xz"),
        (Source.CAIL, "cail2021-small.jsonl.xz"),
    )
    for source, name in files:
        for row in rows(MORE / "reading" / name):
            own = numbers(row["context"])
            if not row["answerable"] or row.get("yesno") or not row["answers"]:
                continue
            at = answering(row["question"], row["answers"][0], texts[row["context"]])
            if at is not None:
                made.pair(row["question"], own[at], source)


def _policies(made: Collection) -> None:
    texts: dict[str, list[str]] = {}
    items: dict[str, list[int]] = {}
    for each in policies():
        texts[each.document] = cut(each.body)
        items[each.document] = [made.passage(text, each.title) for text in texts[each.document]]
    kept = []
    for document, question in policy_questions():
        at = answering(question.question, question.answer, texts[document])
        if at is None:
            continue
        if aside(document, one_in=4):
            kept.append((made.query(question.question), [items[document][at]]))
        else:
            made.pair(question.question, items[document][at], Source.NCP)
    made.cases["ncp"] = Case(unique_numbers(n for own in items.values() for n in own), kept)
    for question in questions("ncp"):
        parts = cut(question.answer)
        # A long answer's later passages answer as well as its first, but less surely.
        for text in parts[:2]:
            made.pair(question.question, made.passage(text), Source.NCP_ANSWER)


def _law(made: Collection) -> None:
    items: dict[str, int] = {}
    named: dict[tuple[str, str], int] = {}
    for each in laws():
        items[each.id] = made.passage(each.text, f"{each.law} {each.article}")
        named[each.law.replace(" ", ""), each.article] = items[each.id]
    asked = [(question, [items[each] for each in gold if each in items], gold) for question, gold in law_questions()]
    groups = linked([gold for *_, gold in asked])
    kept = []
    for (question, answers, _), group in zip(asked, groups, strict=True):
        if aside(group, one_in=4) and answers:
            kept.append((made.query(question), answers))
            continue
        for article in answers:
            made.pair(question, article, Source.STARD)
    made.cases["stard"] = Case(unique_numbers(items.values()), kept)

    for row in rows(MORE / "wording" / "lawbench.jsonl"):
        cited = row["cited"] or [match[0] for match in _NAMED_ARTICLE.finditer(row["answer"])]
        answers = [number for each in cited if (number := article_of(each, named)) is not None]
        for number in answers[:2]:
            made.pair(row["question"], number, Source.SCENE)
        if not answers:
            made.pair(row["question"], made.passage(row["answer"]), Source.LEGALQA)
    for row in rows(MORE / "wording" / "legalqa.jsonl"):
        wrong = [made.passage(each["text"]) for each in row["answers"] if not each["label"]]
        right = [made.passage(each["text"]) for each in row["answers"] if each["label"]]
        for number, answer in enumerate(right):
            against = wrong[number % len(wrong)] if wrong else NO_ITEM
            made.pair(row["question"], answer, Source.LEGALQA, against=against)


def article_of(text: str, named: dict[tuple[str, str], int]) -> int | None:
    """The item of the article that the text names first, under the law's full name or without the country's."""
    match = _NAMED_ARTICLE.search(text)
    if match is None:
        return None
    law = re.sub("^(根据|依据|依照|按照|参照)", "", match[1]).replace(" ", "").strip("《》")
    number = match[2]
    if digits := re.search("[0-9]+", number):
        number = f"第{cn2an.an2cn(int(digits.group()))}条"
    return named.get((law, number), named.get((_COUNTRY + law, number)))


def _messages(made: Collection) -> None:
    pool, kept = [], []
    for row in rows(MORE / "wording" / "messages.jsonl.xz"):
        answer = _ANSWER_BEGINS.sub("", row["answer"].replace(row["title"], ""))
        if len(answer) < 25:
            continue
        parts = cut(answer)[:3]
        items = [made.passage(text) for text in parts]
        pool += items
        if aside(row["id"], one_in=8):
            kept.append((made.query(row["title"]), items))
            continue
        best = items[max(range(len(items)), key=lambda at: shared(row["title"] + row["question"], parts[at]))]
        made.pair(row["title"], best, Source.MESSAGE)
        made.pair(row["question"][:200], best, Source.MESSAGE)
        if items[0] != best:
            made.pair(row["title"], items[0], Source.MESSAGE)
        made.pair(row["title"], made.query(row["question"][:200]), Source.PARAPHRASE)
    made.cases["messages"] = Case(unique_numbers(pool), kept)


def _services(made: Collection) -> None:
    texts: dict[str, list[str]] = {}
    items: dict[str, list[int]] = {}
    for row in rows(MORE / "guangzhou" / "docs.jsonl"):
        texts[row["docid"]] = cut(row["text"])
        items[row["docid"]] = [made.passage(text, row["title"]) for text in texts[row["docid"]]]
    pool = [number for own in items.values() for number in own]
    kept = []
    for row in rows(MORE / "guangzhou" / "situations.jsonl"):
        for document in row["docs"]:
            if document not in items:
                continue
            if aside(document, one_in=3):
                kept.append((made.query(row["situation"]), items[document]))
                kept += [(made.query(word), items[document]) for word in row["words"]]
                continue
            order = sorted(
                range(len(items[document])), key=lambda at: -shared(row["answer"], texts[document][at])
            )  # fmt: skip
            for at in order[:3]:
                made.pair(row["situation"], items[document][at], Source.GUANGZHOU)
                made.pair(" ".join(row["words"]), items[document][at], Source.GUANGZHOU)
                for word in row["words"]:
                    made.pair(word, items[document][at], Source.WORDS)
            made.pair(row["situation"], made.passage(row["answer"]), Source.GUANGZHOU)
            for word in row["words"]:
                made.pair(word, made.query(row["situation"]), Source.WORDS)
    for row in rows(MORE / "guangzhou" / "faq.jsonl"):
        for text in cut(row["answer"])[:2]:
            made.pair(row["question"], made.passage(text), Source.GUANGZHOU)
    made.cases["guangzhou"] = Case(unique_numbers(pool), kept)


def _site(made: Collection) -> None:
    texts: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for row in rows(MORE / "domainrag" / "docs.jsonl"):
        texts[row["docid"]] = cut(row["text"])
        titles[row["docid"]] = row["title"]
        for text in texts[row["docid"]]:
            made.passage(text, row["title"])
    for row in rows(MORE / "domainrag" / "questions.jsonl"):
        for document in row["docs"]:
            for answer in row["answers"][:2]:
                own = texts.get(document, [])
                at = answering(row["question"], str(answer), own)
                if at is not None:
                    made.pair(row["question"], made.passage(own[at], titles[document]), Source.SITE)
                    break


def _paraphrases(made: Collection) -> None:
    same: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for row in rows(MORE / "wording" / "pairs.jsonl.xz"):
        a, b = row["a"].strip(), row["b"].strip()
        kinds = same if row["same"] else other
        kinds[a].append(b)
        kinds[b].append(a)
    seen = set()
    for a, matches in same.items():
        for number, b in enumerate(matches):
            if (b, a) in seen or a == b:
                continue
            seen.add((a, b))
            wrong = [text for text in other[a] if text not in matches]
            against = made.query(wrong[number % len(wrong)]) if wrong else NO_ITEM
            made.pair(a, made.query(b), Source.PARAPHRASE, against=against)


def unique_numbers(numbers: Any) -> list[int]:
    """In order, each once."""
    return list(dict.fromkeys(numbers))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file of JSON lines."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf8") as lines:
        yield from map(json.loads, lines)
