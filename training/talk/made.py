"""Conversations made by rule over invented subjects: statistics, papers, projects, benefits; none like another."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from sources.mentions.gazetteer import place_names
from training.talk import words as said
from training.talk.english import english
from training.talk.real import Found
from training.talk.sample import Sample

_SUBJECTS = (
    (said.PAPERS, said.OF_PAPER, "《{}》"), (said.PROJECTS, said.OF_PROJECT, "{}"),
    (said.BENEFITS, said.OF_BENEFIT, "{}"),
    (said.PLACES_OF_SERVICE, said.OF_PLACE, "{}"), (said.ORGANS, said.OF_ORGAN, "{}"), (said.IDEAS, said.OF_IDEA, "{}"),
    (said.EVENTS, said.OF_EVENT, "{}"), (said.DAILY, said.OF_DAILY, "{}"),
)  # fmt: skip
_CHANGEABLE = (
    said.METRICS, said.GROUPS, said.BENEFITS, said.PROJECTS, said.PAPERS, said.ORGANS, said.EVENTS,
    said.PLACES_OF_SERVICE,
)  # fmt: skip
_YEAR = re.compile(r"(?:19|20)\d\d")


class Maker:
    """Draws from the words with one generator of random numbers."""

    def __init__(self, seed: int, more: Found | None = None) -> None:
        """`more` are names to draw from beside those made up."""
        self.draw = random.Random(seed)
        self._more = more or Found()
        self._places = sorted(name for name in place_names() if 2 <= len(name) <= 4)
        self._known = frozenset(self._places)

    def samples(self, count: int) -> Iterator[Sample]:
        """`count` samples of every sort."""
        ways: tuple[tuple[Callable[[], Sample | None], int], ...] = (
            (self._swapped_statistic, 8), (self._asked_of_the_same, 14), (self._group, 8), (self._alone, 16),
            (self._goes_on, 5), (self._together, 4), (self._item, 6), (self._reply, 3), (self._courtesy, 3),
            (self._article, 3), (self._paper_of_answer, 3), (lambda: english(self.draw), 7), (self._another_subject, 6),
            (self._attribute, 8), (self._within, 3), (self._part_of_year, 2),
            (self._edition, 3),
        )  # fmt: skip
        made = 0
        while made < count:
            (way,) = self.draw.choices([each for each, _ in ways], [share for _, share in ways])
            sample = way()
            if sample is not None:
                made += 1
                yield self._deepened(sample)

    # --- pieces ---

    def _one(self, choices: tuple[str, ...] | list[str]) -> str:
        return self.draw.choice(choices)

    def _of(self, phrases: str) -> str:
        """One of the phrases, which strokes set apart."""
        return self.draw.choice(phrases.split("|"))

    def _name(self, made_up: tuple[str, ...], more: tuple[str, ...], share: float = 0.5) -> str:
        """A name made up, or, with this share, one that was found."""
        return self._one(more if more and self.draw.random() < share else made_up)

    def _metric(self) -> str:
        return self._name(said.METRICS, self._more.measured, 0.4)

    def _place(self) -> str:
        return (
            self._one(self._places)
            if self.draw.random() < 0.8
            else self._of("全省|全县|全市|青禾市|云台县|白石镇|东岭县")
        )

    def _time(self) -> str:
        year = self.draw.randint(2012, 2027)
        return self._one(
            [f"{year}年"] * 8
            + [
                f"{year}年上半年",
                f"{year}年前三季度",
                "去年",
                "今年",
                f"{year}年一季度",
                f"{year}年{self.draw.randint(1, 12)}月",
                f"{year}",
            ]
        )

    def _another(self, make: Callable[[], str], old: str) -> str:
        new = make()
        while new == old:
            new = make()
        return new

    def _one_of(self, names: tuple[str, ...]) -> str:
        """One of these names, or of the ones found of their sort."""
        if names is said.PAPERS:
            return self._name(names, self._more.papers)
        return (
            self._name(names, self._more.things, 0.35) if names in (said.PROJECTS, said.BENEFITS) else self._one(names)
        )

    def _subject(self) -> tuple[str, tuple[str, ...]]:
        names, asks, form = self.draw.choice(_SUBJECTS)
        name = form.format(self._one_of(names))
        if names in (said.EVENTS, said.PROJECTS, said.BENEFITS) and self.draw.random() < 0.25:
            name = f"{self._one(said.BEFORE_SUBJECTS)}{name}"
        elif form == "{}" and names is not said.IDEAS and self.draw.random() < 0.15:
            name = f"{self._place()}{'的' if self.draw.random() < 0.5 else ''}{name}"
        return name, asks

    def _statistic(self) -> dict[str, str]:
        return {
            "time": self._time() if self.draw.random() < 0.8 else "",
            "place": self._place() if self.draw.random() < 0.8 else "",
            "of": self._one(["", "", "的"]),
            "metric": self._metric(),
            "ask": self._one(said.ASK_VALUE),
        }

    def _put(self, parts: dict[str, str]) -> str:
        of = parts["of"] if parts["place"] or parts["time"] else ""
        return f"{parts['time']}{parts['place']}{of}{parts['metric']}{parts['ask']}"

    def _framed(self, value: str) -> str:
        lead, tail = self._one(said.LEADS), self._one(said.TAILS)
        return f"{lead}{value}{tail}"

    def _question(self) -> str:
        if self.draw.random() < 0.35:
            return self._put(self._statistic())
        name, asks = self._subject()
        return self._joined(name, self._one(asks)) + self._one(["？", "？", ""])

    def _joined(self, name: str, ask: str) -> str:
        needs = ask[:1] not in "可怎什由在为还要能去几" and self.draw.random() < 0.4
        return f"{name}{'的' if needs else ''}{ask}"

    def _deepened(self, sample: Sample) -> Sample:
        """The sample with other questions before it, often one that differs from the last in one thing, as when the
        talk has gone on for a while."""
        older = [self._question() for _ in range(self.draw.choice((0, 0, 0, 1, 1, 2, 3)))]
        if sample.leans_on != "pair" and self.draw.random() < 0.45 and (sibling := self._sibling(sample.before[0])):
            older.append(sibling)
        sample = replace(sample, before=(*older, *sample.before), origin="made")
        if sample.answer or sample.papers or sample.relation == "goes on" or self.draw.random() < 0.5:
            return sample
        return replace(sample, answer=self._any_answer(), papers=self._any_papers())

    def _any_answer(self) -> str:
        """An answer that the next question takes nothing from: a list, a name, a figure, a rule."""
        form = self._of(
            "list|list|{o}负责。[1]|由{o}牵头，{y}年完成。[1]|{y}年为{y}.5万人。[1]|《{p}》规定为三成。[1]|没有找到。|{o}。[1]"
        )
        if form == "list":
            return self._told(self._items())
        return form.format(o=self._one(said.ORGANS), y=self.draw.randint(2012, 2026), p=self._one_of(said.PAPERS))

    def _any_papers(self) -> tuple[str, ...]:
        return (self._one_of(said.PAPERS),) if self.draw.random() < 0.5 else ()

    def _sibling(self, text: str) -> str:
        """The question with one thing changed; "" where it names none of ours."""
        if (year := _YEAR.search(text)) and self.draw.random() < 0.5:
            return f"{text[: year.start()]}{self.draw.randint(2012, 2027)}{text[year.end() :]}"
        spans = [(at, at + size) for size in (4, 3, 2) for at in range(len(text) - size + 1)]
        place = next((span for span in spans if text[slice(*span)] in self._known), None)
        if place and self.draw.random() < 0.6:
            return f"{text[: place[0]]}{self._one(self._places)}{text[place[1] :]}"
        for names in self.draw.sample(_CHANGEABLE, len(_CHANGEABLE)):
            own = next((name for name in names if name in text), None)
            if own:
                return text.replace(own, self._another(lambda: self._one(names), own), 1)  # noqa: B023
        return ""

    def _later(self, sample: Sample) -> Sample:
        """The sample with other questions between, now and then: a list is gone on with after asking something else."""
        if self.draw.random() > 0.25:
            return sample
        between = tuple(self._question() for _ in range(self.draw.choice((1, 1, 2))))
        return replace(sample, before=(*sample.before, *between), back=len(between))

    def _changed(self, before: str, old: str, new: str, completed: str, *, ref: str) -> Sample:
        """One value for another: asked for, put right, or come back to."""
        chance = self.draw.random()
        if chance < 0.14:
            asked = self._one(said.CORRECTS).format(old=old or "这个", new=new)
        elif chance < 0.3:
            between = tuple(self._question() for _ in range(self.draw.choice((1, 1, 2, 3))))
            asked = self._one(said.RETURNS).format(ref=ref, new=new)
            return Sample((before, *between), asked, completed, "leans", back=len(between))
        else:
            asked = self._framed(new)
        return Sample((before,), asked, completed, "leans")

    # --- sorts of samples ---

    def _attribute(self) -> Sample | None:
        """材料呢 after 条件是什么; 面积 after 什么时候开工."""
        names, asks, form = self.draw.choice(_SUBJECTS)
        name = form.format(self._one_of(names))
        if names in (said.EVENTS, said.PROJECTS, said.BENEFITS) and self.draw.random() < 0.25:
            name = f"{self._one(said.BEFORE_SUBJECTS)}{name}"
        one = self._name(said.ATTRIBUTES, self._more.measured, 0.3)
        two = self._another(lambda: self._name(said.ATTRIBUTES, self._more.measured, 0.3), one)
        joint = "的" if self.draw.random() < 0.4 else ""
        if self.draw.random() < 0.55:
            ask = self._of("是什么|是多少|有哪些|怎么规定|有什么要求|多少|是怎样的")
            before, completed = (f"{name}{joint}{each}{ask}" for each in (one, two))
            return self._changed(f"{before}？", one, two, completed, ref=name.strip("《》"))
        before = self._joined(name, self._one(asks))
        return Sample((f"{before}？",), self._framed(two), f"{name}{two}", "leans")

    def _within(self) -> Sample | None:
        """其中女性有多少 after a number of people."""
        one = self._statistic()
        part = self._of(
            "其中女性有多少|其中农村的有多少|其中60岁以上的占多少|其中外地的有几个|其中民营的是多少|"
            "其中新增了多少|其中省级的有几家"
        )
        name = f"{one['time']}{one['place']}{one['of'] if one['place'] or one['time'] else ''}{one['metric']}"
        return Sample((f"{name}{one['ask'] or '是多少'}",), part, f"{name}{part}", "leans")

    def _edition(self) -> Sample | None:
        """那2020年的细则呢: the same asked of another document, which is called by its kind and what tells it apart."""
        name, ask = self._one(said.BENEFITS), self._one(said.OF_BENEFIT)
        kind = self._of("办法|细则|通知|方案|规定|意见|文件|条例|公报|报告|标准|计划")
        told = self._of(
            "{y}年的|{y}年版|旧|原来的|新的|最新的|试行|省里的|市里的|县里那份|民政局的|教育局那份|修订后的|上一版|去年的"
        )
        new = f"{told.format(y=self.draw.randint(2012, 2026))}{kind}"
        before = f"{name}{ask}"
        if self.draw.random() < 0.4:
            old = f"{self.draw.randint(2012, 2026)}年的{kind}"
            return self._changed(f"{old}{before}", old, new, f"{new}{before}", ref=name)
        return Sample((f"{before}？",), self._framed(f"{new}{self._of('|||里')}"), f"{new}{before}", "leans")

    def _part_of_year(self) -> Sample | None:
        """上半年呢 after 2025年前三季度: of the same year."""
        one = self._statistic()
        year = self.draw.randint(2012, 2027)
        if one["place"] and self.draw.random() < 0.25:
            other = one | {"time": f"{year}年前三季度"}
            place = self._another(self._place, one["place"])
            asked = f"{self._one(said.LEADS)}{place}{self._of('同期|那年|当年|那时')}呢"
            return Sample((self._put(other),), asked, self._put(other | {"place": place}), "leans")
        parts = ("上半年", "前三季度", "一季度", "第三季度", "1-5月", "6月", "下半年", "11月份")
        first, second = self.draw.sample(parts, 2)
        before, completed = (self._put(one | {"time": f"{year}年{each}"}) for each in (first, second))
        return Sample((before,), self._framed(second), completed, "leans")

    def _swapped_statistic(self) -> Sample | None:
        one = self._statistic()
        what = self.draw.choice(("time", "place", "metric", "both", "metric"))
        two = dict(one)
        if what in ("time", "both"):
            two["time"] = self._another(self._time, one["time"])
        if what in ("place", "both"):
            two["place"] = self._another(self._place, one["place"])
        if what == "metric":
            two["metric"] = self._another(self._metric, one["metric"])
        new = f"{two['time']}{two['place']}" if what == "both" else two[what]
        old = "" if what == "both" else one[what]
        return self._changed(self._put(one), old, new, self._put(two), ref=one["metric"])

    def _asked_of_the_same(self) -> Sample | None:
        if self.draw.random() < 0.25:
            one = self._statistic()
            name = f"{one['time']}{one['place']}{one['of'] if one['place'] or one['time'] else ''}{one['metric']}"
            first, ask, head = one["ask"], self._one(said.OF_METRIC), one["metric"]
        else:
            name, asks = self._subject()
            first, ask = self.draw.sample(asks, 2)
            head = name
        before = self._joined(name, first) + "？"
        chance = self.draw.random()
        completed = f"{name}{ask}"
        if chance < 0.15:
            between = tuple(self._question() for _ in range(self.draw.choice((1, 1, 2, 3))))
            asked = self._one(said.RETURNS_ASK).format(ref=head.strip("《》"), ask=ask)
            return Sample((before, *between), asked, completed, "leans", back=len(between))
        if chance < 0.45:
            pronoun = self._one(said.PRONOUNS)
            kind = (
                head.strip("《》")[-2:]
                if pronoun in ("这个", "那个", "该", "这项", "刚才那个", "前面说的这个") and self.draw.random() < 0.7
                else ""
            )
            asked = f"{self._one(said.LEADS)}{pronoun}{kind}{ask}"
        else:
            asked = f"{self._one(said.LEADS)}{ask}"
        return Sample((before,), asked + self._of("|？||呢"), completed, "leans")

    def _group(self) -> Sample | None:
        one = self._one(said.GROUPS)
        two = self._another(lambda: self._one(said.GROUPS), one)
        name, ask = self._one(said.BENEFITS), self._one(said.OF_BENEFIT)
        form = self._of("{g}{n}{a}|{g}的{n}{a}|{n}{g}{a}|{g}申请{n}{a}|{g}办{n}{a}|{n}对{g}{a}")
        before, completed = (form.format(g=each, n=name, a=ask) for each in (one, two))
        if self.draw.random() < 0.2:  # none was named
            before = f"{name}{ask}"
            completed = f"{two}{before}" if self.draw.random() < 0.5 else f"{name}{two}{ask}"
        if self.draw.random() < 0.2:
            other = self._another(lambda: self._one(said.BENEFITS), name)
            return self._changed(
                form.format(g=one, n=name, a=ask), name, other, form.format(g=one, n=other, a=ask), ref=one
            )
        return self._changed(before, one if one in before else "", two, completed, ref=name)

    def _another_subject(self) -> Sample | None:
        names, asks, form = self.draw.choice(_SUBJECTS)
        first = self._one_of(names)
        one, two = form.format(first), form.format(self._another(lambda: self._one_of(names), first))
        ask = self._one(asks)
        joint = "的" if self.draw.random() < 0.3 else ""
        return self._changed(f"{one}{joint}{ask}？", one, two, f"{two}{joint}{ask}", ref=ask.rstrip("了吗"))

    def _alone(self) -> Sample | None:
        before = self._question()
        chance = self.draw.random()
        if chance < 0.25:
            name, asks = self._subject()
            asked = self._joined(name, self._one(asks))
        elif chance < 0.5:
            parts = self._statistic()
            if not parts["place"] and not parts["time"]:
                parts["place"] = self._place()
            asked = self._put(parts)
        elif chance < 0.7:
            name, asks = self._subject()
            before = self._joined(name, self._one(asks))
            asked = self._joined(name, self._one(asks))
        elif chance < 0.85:
            idea = self._one((*said.IDEAS, *said.BENEFITS))
            asked = self._of(
                "什么是{}|{}是什么|什么叫{}|{}怎么办|怎么办理{}|为什么要推{}|有哪些文件提到{}|{}有哪些|{}是什么意思"
            ).format(idea)
        else:
            asked = self._question()
            if asked.startswith(said.METRICS):
                return None
        lead = self._one(said.LEADS) if self.draw.random() < 0.2 else ""
        asked = f"{lead}{asked}"
        return Sample((before,), asked, asked, "alone")

    def _courtesy(self) -> Sample | None:
        asked = self._one(said.COURTESIES)
        return Sample((self._question(),), asked, asked, "alone")

    def _list_question(self) -> str:
        name, _ = self._subject()
        return f"{name}{self._one(said.LISTS)}？" if self.draw.random() < 0.6 else f"{self._one(said.LISTS)}？"

    def _items(self) -> list[str]:
        count = self.draw.randint(2, 7)
        pool = [*said.PROJECTS, *said.BENEFITS, *said.GROUPS, *said.IDEAS]
        items = self.draw.sample(pool, count)
        verbs = ("推进", "完善", "新建", "落实", "扩大", "", "", "规范")
        return [f"{self._one(verbs)}{each}" for each in items]

    def _told(self, items: list[str]) -> str:
        form = self.draw.randrange(4)
        if form == 0:
            return "\n".join(f"{at}. {each}。[1]" for at, each in enumerate(items, 1))
        if form == 1:
            return "".join(f"{said.NUMBERS[at]}是{each}。" for at, each in enumerate(items))
        if form == 2:
            return "\n".join(f"（{said.NUMBERS[at]}）{each}；[{at + 1}]" for at, each in enumerate(items))
        return "\n".join(f"{each}。[1]" for each in items)

    def _goes_on(self) -> Sample | None:
        before = self._list_question() if self.draw.random() < 0.8 else self._question()
        answer = self._told(self._items()) if self.draw.random() < 0.6 else ""
        sample = Sample((before,), self._one(said.GOES_ON), before, "goes on", answer)
        return self._later(sample) if answer else sample

    def _item(self) -> Sample | None:
        items = self._items()
        at = self.draw.randrange(len(items))
        nth = self._of("第{}项|第{}点|第{}条|第{}个|第{}件|其中第{}项|那第{}条|第{}类").format(said.NUMBERS[at])
        if self.draw.random() < 0.2:
            at, nth = len(items) - 1, self._of("最后一个|最后一项|最后那条|那最后一个")
        ask = self._of(
            "呢|呢|具体怎么做|什么意思|什么时候完成|由谁负责|需要多少钱|呢|是什么|怎么算|在哪里办|有什么要求|怎么开"
        )
        completed = items[at] if ask in ("呢", "是什么") else f"{items[at]}{ask}"
        return self._later(
            Sample((self._list_question(),), f"{nth}{ask}", completed, "leans", self._told(items), leans_on="item")
        )

    def _article(self) -> Sample | None:
        title = f"《{self._one_of(said.PAPERS)}》"
        one, two = self.draw.sample(range(2, 40), 2)
        numbers = [self._chinese(each) for each in (one, two)]
        kind = self._of("条|条|章|款|项")
        ask = self._of("怎么规定的|规定了什么|是什么内容|说了什么")
        first, second = (f"{title}第{each}{kind}{ask}" for each in numbers)
        return self._changed(first, f"第{numbers[0]}{kind}", f"第{numbers[1]}{kind}", second, ref=title.strip("《》"))

    def _chinese(self, number: int) -> str:
        tens, ones = divmod(number, 10)
        head = "" if not tens else "十" if tens == 1 else f"{said.NUMBERS[tens - 1]}十"
        return head + (said.NUMBERS[ones - 1] if ones else "")

    def _reply(self) -> Sample | None:
        name, ask = self._one(said.PROJECTS), self._one(["由谁施工", "由哪个单位负责", "谁牵头"])
        organ = self._one((*said.ORGANS, "市第三建设公司", "城投集团", "水务集团", "县交通运输局", "省建工集团"))
        answer = self._of("{n}由{o}施工。[1]|由{o}负责。[1]|{n}的责任单位是{o}。[1]|{o}。[1]").format(n=name, o=organ)
        new = self._of("联系电话是多少|还做过什么项目|地址在哪|负责人是谁|有多少职工|还负责什么|是什么性质的单位")
        pronoun = self._of("它|这个单位|该单位|这家公司|他们|这个部门|那家单位|该部门")
        return Sample(
            (f"{name}{ask}？",),
            f"{self._one(['', '那', '请问'])}{pronoun}{new}",
            f"{organ}{new}",
            "leans",
            answer,
            leans_on="reply",
        )

    def _paper_of_answer(self) -> Sample | None:
        title = self._one_of(said.PAPERS)
        kind = title[-2:]
        ask = self._one(said.OF_PAPER)
        pronoun = self._of("那个|这个|该|这份|刚才那个|上面那个|那份") + (kind if self.draw.random() < 0.8 else "文件")
        in_answer = self.draw.random() < 0.5
        answer = (
            self._one(
                ["根据《{}》，补贴为每月500元。[1]", "《{}》规定不得低于三成。[1]", "由《{}》第五条规定。[2]"]
            ).format(title)
            if in_answer
            else "每月500元。[1]"
        )
        before = self._joined(self._one(said.BENEFITS), self._one(said.OF_BENEFIT))
        papers = () if in_answer else (title,)
        return Sample(
            (before,),
            f"{self._one(['', '那', '请问'])}{pronoun}{ask}",
            f"《{title}》{ask}",
            "leans",
            answer,
            papers,
            leans_on="paper",
        )

    def _together(self) -> Sample | None:
        asked, ask = self.draw.choice(said.TOGETHER)
        one = self._statistic()
        what = self.draw.choice(("time", "place"))
        if not one[what]:
            return None
        make = self._time if what == "time" else self._place
        two = one | {what: self._another(make, one[what])}
        both = one | {what: f"{one[what]}和{two[what]}", "ask": ask}
        return Sample((self._put(one), self._put(two)), asked, self._put(both), "leans", leans_on="pair")
