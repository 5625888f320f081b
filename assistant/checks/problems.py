"""Problems: what can be wrong with a sentence of an answer, and the words for it to a model and to a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assistant.answers import Language

ProblemKind = Literal[
    "missing_mark",
    "unknown_mark",
    "quote_not_verbatim",
    "number_unsupported",
    "number_mismatch",
    "period_mismatch",
    "region_mismatch",
    "status_mismatch",
    "negation_mismatch",
    "modality_mismatch",
    "not_supported",
    "instruction",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a sentence does not hold."""

    kind: ProblemKind
    what: str
    """The words of the answer that it is about: a number, a place, a mark, or the sentence."""

    def line(self, language: Language) -> str:
        """The problem in words, for the model that is to mend it."""
        chinese, english = _LINES[self.kind]
        return (chinese if language == "zh" else english).format(self.what)


_LINES: Mapping[ProblemKind, tuple[str, str]] = {
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
PROBLEM_NAMES: Mapping[ProblemKind, Mapping[Language, str]] = {
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
