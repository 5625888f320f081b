"""The report of a run: one HTML page that needs nothing else, the tables as Markdown, every score as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice
from pathlib import Path
from typing import IO, Any

from eval.judging import judged, rule_labels
from eval.metrics.calibration import area_under_risk_coverage, risk_coverage
from eval.reports.misses import Miss, marked, misses
from eval.reports.plots import bars, curves
from eval.reports.scores import METRICS
from eval.reports.summary import Mean, Summary, measured, summarise
from eval.results import Outcome, Results
from eval.statistics import paired

_SIGNIFICANT = 0.05
_SCRIPT = """
for (const box of document.querySelectorAll('[data-filter]')) box.oninput = () => {
  const words = box.value.trim().toLowerCase();
  for (const miss of box.closest('section').querySelectorAll('details.miss'))
    miss.hidden = !!words && !miss.textContent.toLowerCase().includes(words);
};
"""
_OVERVIEW = (
    "right", "cited", "sentence_right", "sentence_f1", "false_answer", "false_refusal", "unsupported",
    "rouge_l", "f1", "exact", "doc_recall",
    "evidence.recall@5", "evidence.mrr@10", "docs.recall@5", "docs.recall@100", "docs.ndcg@10",
)  # fmt: skip
"""The columns of the Markdown table, as far as they apply to a set."""


def write_report(results: Results, *, max_misses: int = 500) -> list[Path]:
    """Writes report.html, report.md and scores.csv into the result folder and gives back their paths.

    `max_misses` (0: no limit) bounds the misses shown for each system on each set; the page says how many it left out.
    """
    manifest = results.manifest
    groups = _grouped(results.outcomes(), seed=int(manifest["seed"]))
    page, table, scores = (results.folder / name for name in ("report.html", "report.md", "scores.csv"))
    with page.open("w", encoding="utf-8") as file:
        for part in _page(manifest, groups, max_misses):
            file.write(part)
    table.write_text(markdown(manifest, [summaries for _, summaries in groups]), encoding="utf-8")
    with scores.open("w", encoding="utf-8-sig", newline="") as file:  # the BOM is for Excel
        _write_scores(file, results.outcomes())
    return [page, table, scores]


def markdown(manifest: dict[str, Any], groups: Sequence[Sequence[Summary]]) -> str:
    """All sets side by side, then a table a set; a row a system, each figure with its 95% interval."""
    parts = [*_side_by_side(groups), ""] if len(groups) > 1 else []
    for summaries in groups:
        described = manifest["sets"][summaries[0].set]
        names = [name for name in _OVERVIEW if any(summary.values(name) for summary in summaries)]
        sample = f", sampled with seed {manifest['seed']}" if described["sample"] else ""
        parts += [
            f"### {summaries[0].set} ({described['cases']} cases{sample})\n",
            "| system | " + " | ".join([*names, "p50 ms", "p95 ms"]) + " |",
            "|---" * (len(names) + 3) + "|",
        ]
        for summary in summaries:
            cells = [_with_interval(summary.mean(name)) for name in names]
            times = [_milliseconds(summary.seconds(percent)) for percent in (50, 95)]
            parts.append(f"| {summary.system} | " + " | ".join([*cells, *times]) + " |")
        parts.append("")
    parts += [f"Skipped: {name} ({reason})" for name, reason in manifest["skipped"].items()]
    parts.append(
        f"commit {manifest['commit'] or 'unknown'}, code {_codes(manifest)}, seed {manifest['seed']}, "
        f"{manifest['machine']['cores']} cores, Python {manifest['machine']['python']}, {manifest['started'][:10]}; "
        "95% intervals: Wilson for shares, bootstrap otherwise\n"
    )
    return "\n".join(parts)


def _side_by_side(groups: Sequence[Sequence[Summary]]) -> Iterator[str]:
    """The main measure of every set in one table: right and cited where rules tell, else overlap, else the ranking."""
    columns = [
        (summaries[0].set, metric, {summary.system: summary.mean(metric) for summary in summaries})
        for summaries in groups
        for metric in _main(summaries)
    ]
    systems = dict.fromkeys(summary.system for summaries in groups for summary in summaries)
    yield "| system | " + " | ".join(f"{name}<br>{metric}" for name, metric, _ in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for system in systems:
        yield f"| {system} | " + " | ".join(_with_interval(means.get(system)) for _, _, means in columns) + " |"


def _main(summaries: Sequence[Summary]) -> list[str]:
    for metrics in (("right", "cited"), ("rouge_l", "doc_recall"), ("docs.ndcg@10", "docs.recall@100")):
        found = [metric for metric in metrics if any(summary.values(metric) for summary in summaries)]
        if found:
            return found
    return []


def _codes(manifest: dict[str, Any]) -> str:
    digests = {**manifest["code"], "scoring": manifest["scoring"]}
    return ", ".join(f"{name} {digest}" for name, digest in digests.items())


def _grouped(outcomes: Sequence[Outcome], *, seed: int) -> list[tuple[list[Outcome], list[Summary]]]:
    sets: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        sets.setdefault(outcome.set, []).append(outcome)
    return [(group, [summarise(outcome, seed=seed) for outcome in group]) for group in sets.values()]


def _write_scores(file: IO[str], outcomes: Sequence[Outcome]) -> None:
    writer = csv.writer(file)
    writer.writerow(["set", "system", "case", "type", "status", "confidence", *METRICS])
    for outcome in outcomes:
        for row in outcome.rows():
            values = [row.scores.get(name) for name in METRICS]
            writer.writerow(
                [outcome.set, outcome.system, row.case_id, row.type, row.status, _or_empty(row.confidence)]
                + [_or_empty(value) for value in values]
            )


# -- the page ----------------------------------------------------------------------------------------------------------


def _page(
    manifest: dict[str, Any], groups: Sequence[tuple[Sequence[Outcome], Sequence[Summary]]], max_misses: int
) -> Iterator[str]:
    title = f"评测报告 · {escape(manifest['suite']['name'])}"
    yield (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_style()}</style></head><body><h1>{title}</h1>'
    )
    yield _about(manifest)
    for outcomes, summaries in groups:
        yield f"<section><h2>{escape(summaries[0].set)}</h2>{_set_line(manifest, summaries[0].set)}"
        yield _measures(summaries)
        yield _judged(outcomes)
        yield _types(summaries)
        yield f'<div class="plots">{_plots(summaries)}</div>'
        yield _costs(manifest, summaries)
        for outcome in outcomes:
            yield from _missed(outcome, max_misses)
        yield "</section>"
    yield f"<script>{_SCRIPT}</script></body></html>\n"


def _style() -> str:
    return (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def _about(manifest: dict[str, Any]) -> str:
    machine = manifest["machine"]
    facts = {
        "开始": manifest["started"],
        "完成": manifest["finished"] or "还没有跑完",
        "随机种子": manifest["seed"],
        "代码": f"commit {manifest['commit'] or '未知'}；{_codes(manifest)}",
        "机器": f"{machine['platform']}，{machine['cores']} 核，Python {machine['python']}",
        "同时问": "、".join(sorted({f"{t['workers']} 题" for runs in manifest["timings"].values() for t in runs})),
        "软件包": "，".join(f"{name} {version}" for name, version in manifest["packages"].items()),
        "系统": "；".join(
            f"{s['name']}（{s['kind']}{'，' + s['model'] if s['model'] else ''}）" for s in manifest["suite"]["systems"]
        ),
    }
    facts |= {f"跳过 {name}": reason for name, reason in manifest["skipped"].items()}
    rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(str(v))}</td></tr>" for k, v in facts.items())
    return f'<table class="facts">{rows}</table>'


def _set_line(manifest: dict[str, Any], name: str) -> str:
    described = manifest["sets"][name]
    documents = f"{described['documents']} 份文档" if described["documents"] else "每题自带文档"
    sample = f"，从全部题目中按种子抽取 {described['sample']} 题" if described["sample"] else ""
    return (
        f"<p>{described['cases']} 题，{documents}{sample}。题目摘要 <code>{described['cases_digest']}</code>，"
        f"文档摘要 <code>{escape(described['documents_digest'])}</code>。</p>"
    )


def _measures(summaries: Sequence[Summary]) -> str:
    """All measures; a star marks a system that differs from the first beyond chance on the same cases."""
    first = summaries[0]
    head = "".join(f"<th>{escape(summary.system)}</th>" for summary in summaries)
    rows = []
    for name in measured(summaries):
        metric = METRICS[name]
        means = [summary.mean(name) for summary in summaries]
        values = [mean.value for mean in means if mean]
        best = (max if metric.higher_is_better else min)(values)
        cells = "".join(
            _cell(mean, best=mean is not None and mean.value == best, star=_differs(summary, first, name))
            for mean, summary in zip(means, summaries, strict=True)
        )
        arrow = "↑" if metric.higher_is_better else "↓"
        rows.append(f"<tr><th>{escape(metric.label)} <code>{name}</code> {arrow}</th>{cells}</tr>")
    rows += [
        _row("拒答准确率", [summary.refused.precision for summary in summaries]),
        _row("拒答召回率", [summary.refused.recall for summary in summaries]),
        _row("校准误差 ECE ↓", [summary.calibration_error() for summary in summaries]),
        _row(
            "风险—覆盖面积 ↓",
            [area_under_risk_coverage(risk_coverage(*summary.calibration())) for summary in summaries],
        ),
    ]
    note = (
        "方括号是 95% 区间（比率用 Wilson，其余用自助法），n 是该指标适用的题数；* 表示与第一个系统在相同题目上的差异"
        "超出偶然（符号置换检验 p&lt;0.05，未作多重比较校正；要下结论请用 <code>youju-eval compare</code>）。"
    )
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table><p class=note>{note}</p>"


def _judged(outcomes: Sequence[Outcome]) -> str:
    """What a model judge said, where one was asked."""
    judgings = [judged(outcome) for outcome in outcomes]
    if not any(judging.verdicts or judging.unparseable for judging in judgings):
        return ""
    rows = "".join(
        f"<tr><th>{escape(outcome.system)}</th><td>{_number(judging.right)}</td><td>{len(judging.verdicts)}</td>"
        f"<td>{len(judging.unparseable)}</td><td>{_number(judging.agreement(rule_labels(outcome))[0])}</td></tr>"
        for outcome, judging in zip(outcomes, judgings, strict=True)
    )
    head = "".join(f"<th>{h}</th>" for h in ("", "判对", "判了", "读不懂（不计分）", "与规则的一致 κ"))
    return f"<h3>模型评判</h3><table><tr>{head}</tr>{rows}</table>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _types(summaries: Sequence[Summary]) -> str:
    kinds = sorted(set(summaries[0].types))
    if len(kinds) < 2 or not any(summary.values("right") for summary in summaries):
        return ""
    head = "".join(f"<th>{escape(summary.system)}</th>" for summary in summaries)
    rows = "".join(
        f"<tr><th>{escape(kind)}</th>"
        + "".join(_cell(summary.mean("right", type=kind)) for summary in summaries)
        + "</tr>"
        for kind in kinds
    )
    return f"<h3>各类题的答对率</h3><table><tr><th></th>{head}</tr>{rows}</table>"


def _plots(summaries: Sequence[Summary]) -> str:
    plots = []
    for name in ("right", "cited", "rouge_l", "evidence.recall@5", "docs.ndcg@10"):
        pairs = [(summary.system, summary.mean(name)) for summary in summaries]
        rows = [(system, mean.value, mean.low, mean.high) for system, mean in pairs if mean]
        if rows:
            plots.append(bars(rows, title=METRICS[name].label))
    reliable = {s.system: [(b.confidence, b.right) for b in s.bins()] for s in summaries if s.bins()}
    if reliable:
        plots.append(curves(reliable, title="可靠性曲线", x_label="置信度", y_label="答对率", diagonal=True, dots=True))
        risks = {s.system: risk_coverage(*s.calibration()) for s in summaries if s.bins()}
        plots.append(curves(risks, title="风险—覆盖", x_label="作答的比例", y_label="其中答错"))
    slowest = max((s.seconds(99) or 0.0) for s in summaries)
    spread = {s.system: [((s.seconds(p) or 0.0) * 1000, p / 100) for p in range(0, 101, 2)] for s in summaries}
    if slowest:
        plots.append(curves(spread, title="用时分布", x_label="毫秒", y_label="题目比例", x_max=slowest * 1000))
    return "".join(plots)


def _costs(manifest: dict[str, Any], summaries: Sequence[Summary]) -> str:
    rows, notes = [], []
    for summary in summaries:
        runs = manifest["timings"].get(f"{summary.set}/{summary.system}", [])
        ingest, wall = (sum(run[key] for run in runs) for key in ("ingest_s", "wall_s"))
        tokens, cost = summary.total("tokens"), summary.total("cost")
        cells = [
            *(_milliseconds(summary.seconds(p)) for p in (50, 95, 100)),
            f"{ingest:.1f}",
            f"{wall:.1f}",
            f"{tokens:.0f}" if tokens is not None else "–",
            f"{cost:.4f} {manifest['suite']['currency']}" if cost is not None else "–",
            str(round(summary.total("error") or 0)),
        ]
        tds = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr><th>{escape(summary.system)}</th>{tds}</tr>")
        notes += [f"{summary.system}：{note}" for run in runs for note in run["notes"]]
    head = "".join(f"<th>{h}</th>" for h in ("p50 毫秒", "p95", "最长", "建库 秒", "总用时 秒", "词元", "费用", "出错"))
    remarks = "".join(f"<p class=why>{escape(note)}</p>" for note in dict.fromkeys(notes))
    return f"<h3>用时与费用</h3><table><tr><th></th>{head}</tr>{''.join(rows)}</table>{remarks}"


def _missed(outcome: Outcome, limit: int) -> Iterator[str]:
    found = misses(outcome)
    shown = list(islice(found, limit)) if limit else list(found)
    left = sum(1 for _ in found)
    more = f"，另有 {left} 题没有列出，见 scores.csv" if left else ""
    yield (
        f"<details><summary><b>{escape(outcome.system)}</b> 失分 {len(shown) + left} 题{more}</summary>"
        '<input data-filter placeholder="筛选：题号、类型、文字">'
    )
    for miss in shown:
        yield _miss(miss)
    yield "</details>"


def _miss(miss: Miss) -> str:
    case, answer = miss.case, miss.reply.answer
    asked = "".join(f"<p class=history>{escape(turn)}</p>" for turn in case.history)
    reasons = "；".join(miss.reasons)
    wanted = [
        ("标准答案", escape(case.answer or ("（应当拒答）" if not case.answerable else ""))),
        ("应有", escape("；".join([*case.figures, *("/".join(group) for group in case.must_include)]))),
        ("不得有", escape("；".join(case.must_not))),
        ("依据", "<br>".join(f"<mark>{escape(piece)}</mark>" for piece in case.evidence)),
        ("回答", marked(answer.answer, case.figures) if answer else escape(miss.reply.error or "没有回答")),
    ]
    rows = "".join(f"<tr><th>{name}</th><td>{text}</td></tr>" for name, text in wanted if text)
    cited = "".join(
        f"<blockquote><cite>[{c.number}] {escape(c.title)} {escape(c.section)}</cite>"
        f"<p>{marked(c.passage or c.quote, case.evidence, quote=c.quote)}</p></blockquote>"
        for c in (answer.citations if answer else ())
    )
    found = (
        ""
        if answer
        else "".join(
            f"<blockquote><cite>{escape(f.document)}</cite><p>{marked(f.text, case.evidence)}</p></blockquote>"
            for f in (miss.reply.found or ())[:5]
        )
    )
    return (
        f"<details class=miss><summary><code>{escape(case.id)}</code> <i>{escape(case.type)}</i> "
        f"{escape(case.question)} <span class=why>{escape(reasons)}</span></summary>"
        f"{asked}<table>{rows}</table>{cited}{found}</details>"
    )


def _cell(mean: Mean | None, *, best: bool = False, star: bool = False) -> str:
    if mean is None:
        return "<td>–</td>"
    value = f"<b>{mean.value:.3f}</b>" if best else f"{mean.value:.3f}"
    return f"<td>{value}{'*' if star else ''} <small>[{mean.low:.3f}, {mean.high:.3f}] n={mean.cases}</small></td>"


def _row(label: str, values: Sequence[float | None]) -> str:
    cells = "".join(f"<td>{_number(value)}</td>" for value in values)
    return f"<tr><th>{label}</th>{cells}</tr>" if any(value is not None for value in values) else ""


def _differs(summary: Summary, first: Summary, metric: str) -> bool:
    if summary is first:
        return False
    mine, others = summary.by_id(metric), first.by_id(metric)
    both = [case for case in mine if case in others]
    if not both:
        return False
    return paired([mine[c] for c in both], [others[c] for c in both], seed=first.seed).p_value < _SIGNIFICANT


def _with_interval(mean: Mean | None) -> str:
    return f"{mean.value:.3f} [{mean.low:.2f}, {mean.high:.2f}]" if mean else "–"


def _milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.1f}" if seconds < 1 else f"{seconds * 1000:.0f}"


def _or_empty(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
