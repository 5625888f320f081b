"""Problems: what a check may find wrong with an answer's sentence, and how a model is told"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answers import Language
from assistant.checks.verify import Verdict

_PROBLEMS: Mapping[str, tuple[str, str]] = {
    "missing_mark": ("没有标出依据的资料编号", "has no excerpt number"),
    "unknown_mark": ("没有 {} 这一则资料", "there is no excerpt {}"),
    "quote_not_verbatim": ("引号里的 {} 不是所标资料的原话", "{} is no quote from the excerpt"),
    "number_unsupported": ("所标资料里没有 {}", "the excerpt doesn't have {}"),
    "number_mismatch": ("{} 与所标资料的数值或单位不符", "{} differs from the excerpt in value, unit or arithmetic"),
    "period_mismatch": ("{} 与所标资料的时间不符", "{} is not the time that the excerpt tells of"),
    "region_mismatch": ("{} 与所标资料的地区不符", "{} is not the place that the excerpt tells of"),
    "status_mismatch": ("{} 在资料里是目标还是实际，与句子说的不符", "{} is a target in one and a result in the other"),
    "negation_mismatch": ("“{}”与所标资料的意思相反", "{} turns the excerpt into its opposite"),
    "modality_mismatch": (
        "“{}”与所标资料要求的程度（应当、可以、鼓励）不符",
        "{} demands more or less than the excerpt",
    ),
    "not_supported": ("“{}”在所标资料里没有依据", "{} is not in the excerpt"),
    "instruction": ("“{}”依据的是资料里的指令，不是事实", "{} rests on directions in an excerpt, not on facts"),
}
PROBLEM_NAMES: Mapping[str, Mapping[Language, str]] = {
    "missing_mark": {"zh": "有句子没有出处", "en": "a sentence without a source"},
    "unknown_mark": {"zh": "出处编号有误", "en": "a wrong source number"},
    "quote_not_verbatim": {"zh": "引文与原文不符", "en": "a wrong quotation"},
    "number_unsupported": {"zh": "数字没有依据", "en": "a number without a source"},
    "number_mismatch": {"zh": "数字与原文不符", "en": "a wrong number"},
    "period_mismatch": {"zh": "时间与原文不符", "en": "a wrong time"},
    "region_mismatch": {"zh": "地区与原文不符", "en": "a wrong place"},
    "status_mismatch": {"zh": "目标与实际混淆", "en": "a target told as a result, or the reverse"},
    "negation_mismatch": {"zh": "意思与原文相反", "en": "a meaning turned round"},
    "modality_mismatch": {"zh": "要求的程度与原文不符", "en": "a duty told as a choice, or the reverse"},
    "not_supported": {"zh": "有句子没有依据", "en": "a sentence without support"},
    "instruction": {"zh": "依据的不是事实，而是文中的指令", "en": "directions in a document taken for facts"},
}
"""What went wrong, in a few words for the user."""


def problem_lines(verdict: Verdict, *, unknown_marks: Sequence[str] = (), language: Language = "zh") -> tuple[str, ...]:
    """What the checker found, a line a sentence, for the model to mend and for the notice; empty when all holds."""
    column, colon, joint = (0, "：", "；") if language == "zh" else (1, ": ", "; ")
    lines = [_PROBLEMS["unknown_mark"][column].format(mark) for mark in dict.fromkeys(unknown_marks)]
    for finding in verdict.findings:
        if finding.problems:
            said = [_PROBLEMS[problem.kind][column].format(problem.what) for problem in finding.problems]
            lines.append(f"{finding.sentence}{colon}{joint.join(dict.fromkeys(said))}")
    return tuple(lines)
