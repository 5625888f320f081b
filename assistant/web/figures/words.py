"""The figures page's own words, in Chinese and English. What documents say keeps the language it is written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sources.mentions.periods import label


@dataclass(frozen=True)
class FigureWords:
    """One language. Texts with blanks in them are filled where they are used."""

    title: str
    lead: str
    """Of figures, metrics and documents how many there are."""
    found: str
    search: str
    search_hint: str
    find: str
    filters: str
    apply: str
    clear: str
    region: str
    region_hint: str
    since: str
    until: str
    period_hint: str
    kind: str
    any_kind: str
    kinds: Mapping[str, str]
    falls: str
    publisher: str
    publisher_hint: str
    document: str
    of_document: str
    remove: str
    conditions: Mapping[str, str]
    """How a filter that is set is told, by its field."""
    unit_group: str
    no_unit: str
    metric: str
    figures: str
    years: str
    subjects: str
    documents: str
    none_yet: str
    none_yet_way: str
    to_library: str
    nothing: str
    nothing_way: str
    near: str
    previous: str
    next: str
    pages: str
    all_metrics: str
    of_this_unit: str
    other_units: str
    no_metric: str
    rows_are: str
    axes: Mapping[str, str]
    unnamed: Mapping[str, str]
    shown_as: str
    as_printed: str
    converted: str
    chart: str
    charts: Mapping[str, str]
    no_chart: str
    chart_rows: str
    save: str
    units: str
    table_label: str
    sort_by: str
    sort_name: str
    sources: str
    differs: str
    differs_note: str
    doubt: str
    doubts: Mapping[str, str]
    columns_cut: str
    figures_cut: str
    rows_of: str
    legend_aims: str
    legend_doubts: str
    bad_period: str
    source_title: str
    loading: str
    open_document: str
    close: str
    page_label: str
    section: str
    published: str
    standing: str
    printed_as: str
    ordered: str
    not_loaded: str
    page_heading: str
    sentence: str
    place_in_text: str
    sheet_table: str
    sheet_sources: str
    language: str

    def period(self, period: str) -> str:
        """A period in words: 2025年前三季度; in English as it is, with a proper dash."""
        if not period:
            return self.unnamed["period"]
        return label(period) if self.language == "zh" else period.replace("..", "–")

    def listed(self, parts: Iterable[str]) -> str:
        """Parts one after the other."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def labelled(self, label: str, text: str) -> str:
        """A text under its label."""
        return f"{label}：{text}" if self.language == "zh" else f"{label}: {text}"

    def beside(self, text: str, note: str) -> str:
        """A text with a note behind it."""
        return f"{text}（{note}）" if self.language == "zh" else f"{text} ({note})"

    def name(self, axis: str, value: str) -> str:
        """A row's or a column's heading."""
        return self.period(value) if axis == "period" else value or self.unnamed[axis]

    def number(self, count: int) -> str:
        """A count, its thousands set apart."""
        return f"{count:,}"


_KINDS = ("actual", "target", "plan", "rank", "growth", "share", "cumulative")
ZH = FigureWords(
    title="数据",
    lead="文库里有 {} 个数据，说的是 {} 项指标。点开一项看各地各年的数值，点任一数值即见原句。",
    found="符合条件的有 {} 个数据，{} 项指标。",
    search="查指标",
    search_hint="如：人均可支配收入",
    find="查找",
    filters="筛选",
    apply="筛选",
    clear="清除条件",
    region="地区",
    region_hint="如：嘉兴，含下辖",
    since="从",
    until="到",
    period_hint="如：2020年、2025年前三季度、十四五",
    kind="性质",
    any_kind="全部",
    kinds=dict(zip(_KINDS, ("实际", "目标", "计划", "位次", "增长", "占比", "累计"), strict=True)),
    falls="下降",
    publisher="发布单位",
    publisher_hint="如：统计局",
    document="文件",
    of_document="全部文件",
    remove="去掉这个条件",
    conditions={
        "q": "指标名含：{}", "region": "地区：{}", "since": "从：{}", "until": "到：{}", "kind": "性质：{}",
        "publisher": "发布单位：{}", "document": "文件：{}",
    },
    unit_group="单位：{}",
    no_unit="无单位",
    metric="指标",
    figures="数据",
    years="年份",
    subjects="地区或对象",
    documents="文件",
    none_yet="文库里还没有数据",
    none_yet_way="文件读进来之后，其中的数字会连同指标、地区、时间列在这里。",
    to_library="去文库添加文件",
    nothing="没有符合条件的指标",
    nothing_way="换个说法，或去掉几个条件再试。",
    near="名称相近的指标",
    previous="上一页",
    next="下一页",
    pages="第 {} 页，共 {} 页",
    all_metrics="全部指标",
    of_this_unit="只看这个单位",
    other_units="其他单位",
    no_metric="文库里没有名为“{}”的指标",
    rows_are="行",
    axes={"region": "地区", "subject": "对象", "period": "时间"},
    unnamed={"region": "未注明地区", "subject": "未注明对象", "period": "未注明时间"},
    shown_as="数值",
    as_printed="原文写法",
    converted="数值由原文写法换算成{}，只移小数点，没有四舍五入；点开可见原文写法。",
    chart="图",
    charts={"line": "折线", "bar": "条形", "none": "不画"},
    no_chart="这些数值不足以画图：要有两个以上时点，或两个以上地区（对象）。",
    chart_rows="图中是前 {} 行。",
    save="下载",
    units="单位",
    table_label="{}：每格一个数值，点开见出处",
    sort_by="按{}排序",
    sort_name="按名称排序",
    sources="{} 处出处",
    differs="出处不一",
    differs_note="“出处不一”的格里列出了各个出处的不同数值，没有替您取舍。",
    doubt="存疑",
    doubts={"metric": "指标名", "region": "地区", "period": "时间", "status": "性质"},
    columns_cut="共 {} 列，这里是 {} 列；要看其余的，请用时间筛选。",
    figures_cut="这些行列里共有 {} 个数据，这里只列出 {} 个；请用筛选缩小范围。",
    rows_of="共 {} 行",
    legend_aims="目标、计划与实际数分开标明。",
    legend_doubts="“存疑”指读取时把握不大，点开可见是哪一项，请核对原句。",
    bad_period="看不懂时间“{}”，没有按时间筛选。可以写 2025年、2025-Q1..Q3、十四五 或 2020..2025。",
    source_title="出处",
    loading="正在取出处",
    open_document="在原文中查看",
    close="关闭",
    page_label="第 {} 页",
    section="章节",
    published="发布",
    standing="效力",
    printed_as="原文写法",
    ordered="这句话像是写给程序的指令，不宜作为依据。",
    not_loaded="没能取到出处：{}",
    page_heading="页码",
    sentence="原句",
    place_in_text="文档编号与位置",
    sheet_table="数据",
    sheet_sources="出处",
    language="zh",
)  # fmt: skip
EN = FigureWords(
    title="Figures",
    lead="The library holds {} figures of {} metrics. Open one for its values by place and year; open a value for the "
    "sentence that says it.",
    found="{} figures of {} metrics meet the conditions.",
    search="Find a metric",
    search_hint="e.g. 人均可支配收入",
    find="Find",
    filters="Filters",
    apply="Apply",
    clear="Clear all",
    region="Region",
    region_hint="e.g. 嘉兴, with what lies in it",
    since="From",
    until="To",
    period_hint="e.g. 2020, 2025-Q1..Q3, 十四五",
    kind="Kind",
    any_kind="All",
    kinds={kind: kind for kind in _KINDS},
    falls="decrease",
    publisher="Publisher",
    publisher_hint="e.g. 统计局",
    document="Document",
    of_document="All documents",
    remove="Remove this condition",
    conditions={
        "q": "Name holds: {}", "region": "Region: {}", "since": "From: {}", "until": "To: {}", "kind": "Kind: {}",
        "publisher": "Publisher: {}", "document": "Document: {}",
    },
    unit_group="Unit: {}",
    no_unit="no unit",
    metric="Metric",
    figures="Figures",
    years="Years",
    subjects="Places or subjects",
    documents="Documents",
    none_yet="The library has no figures yet",
    none_yet_way="Once documents are read, their figures are listed here with what they measure, where and when.",
    to_library="Add documents in the library",
    nothing="No metric meets the conditions",
    nothing_way="Try other words, or fewer conditions.",
    near="Metrics with a similar name",
    previous="Previous",
    next="Next",
    pages="Page {} of {}",
    all_metrics="All metrics",
    of_this_unit="only this unit",
    other_units="Other units",
    no_metric="The library has no metric called “{}”",
    rows_are="Rows",
    axes={"region": "Places", "subject": "Subjects", "period": "Periods"},
    unnamed={"region": "no place given", "subject": "no subject given", "period": "no time given"},
    shown_as="Values",
    as_printed="as printed",
    converted="Values are converted to {}: the point is moved and nothing is rounded. Open one to see it as printed.",
    chart="Chart",
    charts={"line": "lines", "bar": "bars", "none": "none"},
    no_chart="Too few values for a chart: it takes two points in time, or two places or subjects.",
    chart_rows="The chart shows the first {} rows.",
    save="Download",
    units="Unit",
    table_label="{}: a value a cell; open one for its source",
    sort_by="Sort by {}",
    sort_name="Sort by name",
    sources="{} sources",
    differs="sources differ",
    differs_note="Where sources differ, each value is listed; none was chosen.",
    doubt="unsure",
    doubts={"metric": "metric", "region": "place", "period": "time", "status": "kind"},
    columns_cut="{} columns, of which {} are shown; filter by time for the others.",
    figures_cut="These rows and columns hold {} figures, of which {} are shown; please filter.",
    rows_of="{} rows",
    legend_aims="Targets and plans are marked and told apart from results.",
    legend_doubts="“unsure” was read with little certainty; open it to see what of it, and check the sentence.",
    bad_period="The time “{}” can't be read, so nothing was filtered by it. Try 2025, 2025-Q1..Q3 or 2020..2025.",
    source_title="Sources",
    loading="Fetching the source",
    open_document="See it in the document",
    close="Close",
    page_label="p. {}",
    section="Section",
    published="Published",
    standing="Standing",
    printed_as="as printed",
    ordered="This sentence reads like an order to a program and is no evidence.",
    not_loaded="The source can't be had: {}",
    page_heading="Page",
    sentence="Sentence",
    place_in_text="Document and place",
    sheet_table="Figures",
    sheet_sources="Sources",
    language="en",
)  # fmt: skip
FIGURE_WORDS = {"zh": ZH, "en": EN}


def figure_words(language: str) -> FigureWords:
    """The words in the language of a page: zh-CN, zh or en."""
    return EN if language.startswith("en") else ZH
