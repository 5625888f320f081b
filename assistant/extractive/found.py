"""Found: the figure that a plain question is answered with, and those of its metric over time.

Whatever is done with figures afterwards, they are found here: in the store, where the question names a metric as the
store has it, else by the sentence that the reader finds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.extractive.asked import DURATIONS, WANTS_GROWTH, Series, asked_figure, series, sure_figures
from assistant.extractive.statements import text_of
from assistant.library import Library
from assistant.question.question import Question, single
from assistant.question.terms import flat, met, terms
from assistant.reading.agreement import is_intended, unit_fit
from assistant.reading.candidates import Sentence
from index.embedders.static import shipped
from index.figures import of_metric
from sources.figures.figure import Figure
from sources.figures.statuses import Status
from sources.mentions.periods import Fit, days, fit
from sources.mentions.regions import regions

_NAMED_AFTER = re.compile(r"的(?P<name>[一-龥]{2,12}?)(?=[，。；、,;等和与]|\d)")
"""52亿元的镍合金项目: what is measured may be named after its number."""
_MARK = re.compile(r"\W")
_PARTICLES = frozenset("的了在是有为和与及")
_NEAR = 0.4
"""How near in meaning a word must be to stand for another."""


def found(question: Question, library: Library, *, about: str = "") -> Figure | None:
    """The figure that a plain question is answered with; None where there is none of its time and kind.

    Of several in one sentence, that which is called what the question is `about` goes before.
    """
    asked = asked_figure(question, library)
    if asked is not None and asked.alone:
        fitting = [each for each in sure_figures(asked, library) if unit_fit(question, each) > 0]
        if fitting and len({(each.region, each.period) for each in fitting}) == 1:
            return max(fitting, key=lambda each: library.document(each.document_id).published or "")
    finding = library.finding(question)
    return _in_sentence(question, finding.best, about, library) if finding.found and finding.best else None


def found_beside(question: Question, whole: Question, library: Library) -> Figure | None:
    """The same in the sentence that was found for the `whole` question, which names the times of all its figures."""
    finding = library.finding(whole)
    figure = _in_sentence(question, finding.best, "", library) if finding.best else None
    is_of_time = figure is not None and all(fit(time, figure.period) == Fit.EXACT for time in question.periods)
    return figure if is_of_time and question.periods else None


def _in_sentence(question: Question, best: Sentence, about: str, library: Library) -> Figure | None:
    """The figure of the sentence whose name is most in the question's words; the reader's, where others are no more."""
    if best.figure is None:
        return None
    asked = flat(question.standalone)
    inside = [
        figure
        for figure in library.figures(best.document.id)
        if best.start <= figure.start < best.end
        and _is_asked_for(question, figure, library)
        and (figure.unit == best.figure.unit or unit_fit(question, figure) >= unit_fit(question, best.figure))
    ]

    def fitness(figure: Figure) -> tuple[float, bool, bool]:
        called_so = bool(about) and flat(about) in flat(figure.key)
        return _share_named(figure, asked, library), called_so, figure == best.figure

    return max(inside, key=fitness, default=None)


def _share_named(figure: Figure, asked: str, library: Library) -> float:
    """Share of the pairs of characters in a figure's place and name that the question has."""
    after = _NAMED_AFTER.match(library.document(figure.document_id).text, figure.end)
    if after and flat(after["name"]) in asked:
        return 1.0
    name = flat(figure.key)
    if figure.region[:-1] in asked:
        name = flat(figure.region) + name
    pairs = [name[at : at + 2] for at in range(len(name) - 1)]
    return sum(pair in asked for pair in pairs) / max(len(pairs), 1)


def _is_asked_for(question: Question, figure: Figure, library: Library) -> bool:
    grows = bool(WANTS_GROWTH.search(question.standalone))
    if figure.unit in DURATIONS or grows != (figure.status == "growth") or figure.status == "rank":
        return False
    aims = figure.status in ("target", "plan") or is_intended(text_of(figure, library))
    if question.status and aims != (question.status == "target"):
        return False
    return all(_in_time(time, figure.period, aims=aims) for time in question.periods)


def _in_time(asked: str, given: str, *, aims: bool) -> bool:
    """Whether a figure is of the time: 截至2024年末 is of 2024, and an aim of 2021—2025 is one for 2025."""
    if not given or fit(asked, given) == Fit.EXACT:
        return True
    wanted, had = days(asked), days(given)
    if wanted is None or had is None:
        return False
    since = given.endswith("..") and wanted[0] <= had[0] <= wanted[1]  # what holds since July 2024 is of 2024
    return since or (wanted[1] == had[1] and (given.startswith("..") or aims))


# --- words that must stand by a figure --------------------------------------------------------------------------------


def tells(name: str, figure: Figure, library: Library, *, others: Sequence[str] = ()) -> bool:
    """Whether what tells `name` from the `others` stands by the figure, and nothing of theirs stands nearer.

    红旗水库 is no 云岭水库, near as both are in meaning: its name stands with the figure, its section or its document.
    """
    places = {each.name for each in regions(name) if each.name}
    if places and figure.region in places:
        return True
    passage = library.passage_at(figure.document_id, figure.start)
    document = library.document(figure.document_id)
    section = document.section_at(figure.start)
    around = f"{passage.text} {' '.join(section.path) if section else ''} {document.title} {document.publisher or ''}"
    scopes = [_letters(each) for each in (f"{figure.key} {figure.region}", text_of(figure, library), around)]
    rivals = [words for other in others for words in _distinct(other, [name])]
    for words in _distinct(name, others):
        if len(words) == 1 and not others:
            continue  # 额 in 纳税额
        nearest = next((scope for scope in scopes if words in scope or any(each in scope for each in rivals)), "")
        if words not in nearest and not (not nearest and _is_meant(words, scopes[:2])):
            return False
    return True


def _distinct(name: str, others: Sequence[str]) -> list[str]:
    """The words of `name` that not all the others have; characters that are no words by themselves are put together."""
    runs: list[str] = []
    joined = False
    for piece in shipped().token_vectors(flat(name)).pieces:
        if len(piece) == 1 and piece not in _PARTICLES:
            runs = [*runs[:-1], runs[-1] + piece] if joined else [*runs, piece]
            joined = True
        else:
            runs += [piece] if len(piece) > 1 else []
            joined = False
    return [run for run in runs if not others or not all(run in _letters(other) for other in others)]


def _letters(text: str) -> str:
    """The text flat, without marks, which no word of `_distinct` has: PM2.5 is pm25."""
    return _MARK.sub("", flat(text))


def _is_meant(words: str, scopes: Sequence[str]) -> bool:
    """Whether something near in meaning is said: 财政 for 公共预算."""
    nearest = met(terms(words), tuple(scopes)).max(axis=0, initial=0.0)
    return bool(len(nearest)) and bool(nearest.min() >= _NEAR)


# --- one metric over time ---------------------------------------------------------------------------------------------


def over_time(about: str, places: Sequence[str], library: Library) -> Series | None:
    """The figures of what `about` names, of all times; of the `places`, if there are any."""
    plain = replace(single(f"{about}是多少？"), regions=tuple(places))
    named = asked_figure(plain, library, in_other_words=True)
    own = series(named, library) if named is not None else None
    first = own.figures[0] if own is not None else found(plain, library)
    if first is None:
        return None
    words, by_first = flat(about), [each for each in _distinct(about, []) if tells(each, first, library)]
    keys = [first.key, *(name for name, _ in library.names().near(first.key) if _is_longer(name, first.key, words))]
    figures = [
        figure
        for figure in dict.fromkeys(each for key in keys for each in of_metric(key, library))
        if figure.unit == first.unit
        and kind_of(figure.status) == kind_of(first.status)
        and days(figure.period) is not None
        and (not places or figure.region in places)
        and (figure.region or all(tells(each, figure, library) for each in by_first))
    ]
    return Series(first.key, tuple(figures)) if figures else None


def _is_longer(name: str, key: str, about: str) -> bool:
    """Whether one of two names holds the other, and the question says the rest: 集团营业收入 and 营业收入."""
    long, short = max(name, key, key=len), min(name, key, key=len)
    return long != short and short in long and flat(long.replace(short, "")) in about


def kind_of(status: Status) -> str:
    """Which statuses go together: aims, results, and each of the others by itself."""
    return "" if status in ("actual", "share") else "aim" if status in ("target", "plan") else status
