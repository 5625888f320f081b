"""Words: which of a sentence's words, times and denials the cited rows and what they stand under do not have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from assistant.checks.circumstances import fits
from assistant.checks.ground import tells_when
from assistant.checks.support import EMPTY, GLUE, flat
from assistant.checks.tables.sheet import CitedRow, headings
from assistant.checks.tables.texts import plain_words
from sources.mentions.periods import Period, periods
from sources.tables import TableCell

_HAN = re.compile("[一-鿿]+")
_LATIN = re.compile(r"[a-z][a-z0-9-]+")
_DAY = re.compile(r"\d-\d\d-\d\d")
_YEAR = re.compile(r"\d{4}")
_DENIES = re.compile("并非|没有|尚未|未|不|没|无|非(?!常)")
# What rankings, lists and comparisons are told with, beside what joins all sentences.
_TELLS = re.compile(
    r"最[高大多长快强重贵晚迟久远低小少短慢轻早先近]|排名|排在|位居|位列|名列|居|第一|首位|末位|倒数|[前后][一二三四五六七八九十]|"
    r"[从由](?:高到低|低到高|大到小|小到大|多到少|少到多|早到晚)|依次|排序|排列|各自|所有|全部|均|都|之间|介于|其他|其余|"
    r"以下|如下|见表|下表|所示|数据(?=显示|[如为是])|情况|总共|总和|之和|平均|占比|比例|相差|差距|超出|高出|多出|负增长|正增长|为负|为正|"
    r"[高低多少大小长短快慢早晚]于|比较|相比|更|分别|负责|牵头|承担|截止|之前|之后|需要?|应当?|可以?|能够?|获得?|享受|"
    r"增减|占|方面|领域|实现|完成|出现|属于|位于|来自|共|计|有|还|又|而|但|即|则|因此|所以|每|各|这|该|其|我|本|已|将|至|到|由|按|据|经|从|给予?"
)
_FILLER = f"(?:{GLUE.pattern}|{_TELLS.pattern}|{EMPTY.pattern})"
_OUTER_FILLER = re.compile(f"^{_FILLER}|{_FILLER}$")
_FILLS = re.compile(_FILLER)
_SLIP = re.compile(r"(?<=\|)[^|](?=\|)")
"""One character that is another between those of a header or a cell: 硕士研究生 for 博士研究生."""
TOLD = "¤"
_DENIED_BOUNDS = re.compile("不(?:超过|低于|少于|高于|多于|大于|小于|足|到|满|同|含|仅|只|包括)|负增长")


class Evidence:
    """What the cited rows and what they stand under say."""

    def __init__(self, rows: Sequence[CitedRow], also: Sequence[str] = ()) -> None:
        self.above = [*headings(rows), *also]
        self.own = [text for cited in rows for text in (*cited.sheet.labels(cited.row), *(c.text for c in cited.cells))]
        self._flat = [flat(text) for text in (*self.above, *self.own) if text]

    def prints(self, words: str) -> bool:
        """Whether `words`, which are flat, stand somewhere, and are there no part of a longer number."""
        if not words:
            return False
        pattern = re.compile(rf"{_no_digit_before(words)}{re.escape(words)}{_no_digit_behind(words)}")
        return any(words in text and pattern.search(text) for text in self._flat)

    def is_heading(self, words: str) -> bool:
        """Whether a header, a label or a caption reads so, and nothing else."""
        return flat(words) in self._flat

    def lacks(self, text: str) -> list[str]:
        """Words of `text` that stand nowhere, those that join and tell apart; a short one behind what has been told,
        which `TOLD` stands for, says but that it is so: 5个工作日办结."""
        pairs = set().union(*map(_pairs, dict.fromkeys((*self.above, *self.own))))
        found: list[str] = []
        words = plain_words(text)
        for run in _HAN.finditer(words):
            known = [False] * len(run[0])
            for at in range(len(run[0]) - 1):
                if run[0][at : at + 2] in pairs:
                    known[at] = known[at + 1] = True
            slips = _SLIP.finditer(
                "".join("|" if is_known else each for is_known, each in zip(known, run[0], strict=True))
            )
            found += [run[0][match.start() - 1 : match.end() + 1] for match in slips if not _FILLS.fullmatch(match[0])]
            unknown = "".join("|" if is_known else character for is_known, character in zip(known, run[0], strict=True))
            for each in filter(None, unknown.split("|")):
                bare = each
                while (shorter := _OUTER_FILLER.sub("", bare)) != bare:
                    bare = shorter
                told = TOLD in re.split("[，。；、,;|]", words[: run.start()])[-1]
                found += [word for word in EMPTY.split(bare) if len(word) > (2 if told else 1)]
        found += [word[0] for word in _LATIN.finditer(words) if not any(word[0] in text for text in self._flat)]
        return found

    def denials(self, text: str) -> Iterator[str]:
        """What `text` denies and no cell or header does."""
        bare = flat(_DENIED_BOUNDS.sub(TOLD, text))
        for match in _DENIES.finditer(bare):
            around = bare[max(0, match.start() - 1) : match.end() + 1], bare[match.start() : match.end() + 2]
            if not any(self.prints(words.strip(TOLD)) for words in around if len(words.strip(TOLD)) > len(match[0])):
                yield match[0]


@lru_cache(maxsize=8192)
def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring Chinese characters of a text, as printed and under usual names."""
    return frozenset(
        run[at : at + 2]
        for words in (flat(text), plain_words(text))
        for run in _HAN.findall(words)
        for at in range(len(run) - 1)
    )


def _no_digit_before(words: str) -> str:
    return r"(?<![\d.])" if words[0].isdigit() else ""


def _no_digit_behind(words: str) -> str:
    return r"(?![\d]|\.\d)" if words[-1].isdigit() else ""


_BARE_YEAR = re.compile(r"(?:19|20)\d\d")
_COLUMN_OF_YEARS = re.compile("(?:统计|报告|数据)?(?:年份|年度|年)")

# --- times --------------------------------------------------------------------------------------------------------


def is_of_time(claim: Period, cells: Collection[tuple[CitedRow, TableCell]], rows: Sequence[CitedRow]) -> bool:
    """Whether what the sentence states of `cells` is of this time.

    Headers and labels go before the caption, this before the title, and the day of publication comes last.
    """
    for cited, cell in cells:
        column = cited.sheet.table.columns[cell.column]
        nearest = [*column, *cited.sheet.labels(cited.row), *_own_years(cited)]
        if any(_fits(claim, text, cited) for text in nearest):
            return True
    if cells and all(_names_year(cited, cell) for cited, cell in cells):
        return False
    for cited in rows:
        table, about = cited.sheet.table, cited.ground.citation
        over_labels = ["".join(table.columns[column]) for column in cited.sheet.named_by]
        for texts in ((table.caption, *table.notes, *over_labels), (about.section, about.title)):
            own = [_undated(text, cited) for text in texts if text]
            if any(_fits(claim, text, cited) for text in own):
                return True
            if any(_years(text, cited) for text in own):
                break
        else:
            published = about.published or ""
            if published and fits(claim.value, published, has_number=True):
                return True
    return False


def _fits(claim: Period, text: str, cited: CitedRow) -> bool:
    given = [date for date in _of(text, cited.ground.today or "") if tells_when(date, text, len(text))]
    if any(date.value and fits(claim.value, date.value, has_number=True) for date in given):
        return True
    if not given or _YEAR.search(text):
        return False
    # 1—6月 under a caption that names the year.
    caption = "".join(re.findall(r"\d{4}年", cited.sheet.table.caption)[:1])
    return bool(caption) and any(
        date.value and fits(claim.value, date.value, has_number=True) for date in _of(caption + text, "")
    )


def _years(text: str, cited: CitedRow) -> bool:
    """Whether a text names the time that its table is of: a year or a month, for a day is mostly that of printing."""
    return any(
        _YEAR.search(date.text)
        and ".." not in date.value
        and not _DAY.search(date.value)
        and tells_when(date, text, len(text))
        for date in _of(text, cited.ground.today or "")
    )


def _undated(text: str, cited: CitedRow) -> str:
    """What stands over a table without the day that the document was published on."""
    published = cited.ground.citation.published or ""
    for date in reversed(_of(text, "")):
        if "-" in date.value and published.startswith(date.value):
            text = text[: date.start] + " " * len(date.text) + text[date.end :]
    return text


def _names_year(cited: CitedRow, cell: TableCell) -> bool:
    texts = [*cited.sheet.table.columns[cell.column], *cited.sheet.labels(cited.row), *_own_years(cited)]
    return any(_years(text, cited) for text in texts)


def _own_years(cited: CitedRow) -> list[str]:
    """The year that a row has in a column of years, as texts write it: 2025 under 年份 is 2025年."""
    columns = cited.sheet.table.columns
    return [
        f"{cell.text.strip()}年"
        for cell in cited.cells
        if _BARE_YEAR.fullmatch(cell.text.strip()) and any(map(_COLUMN_OF_YEARS.fullmatch, columns[cell.column][-1:]))
    ]


@lru_cache(maxsize=4096)
def _of(text: str, today: str) -> list[Period]:
    return periods(text, today=today or None)
