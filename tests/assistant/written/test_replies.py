"""A reasoning model's thoughts: they are no part of its answer, however they are told apart from it"""

from __future__ import annotations

import pytest

from assistant.written.replies import settled, thinks_aloud, without_thoughts

ANSWER = "收入为5元。[1]"


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>先看资料。</think>{ANSWER}",
        f"<thinking>先看资料。</thinking>\n\n{ANSWER}",
        f"<THINK>\n先看</THINK>{ANSWER}",
        f"<reasoning>先看资料。</reasoning>{ANSWER}",
        f"<seed:think>先看资料。</seed:think>{ANSWER}",
        f"[THINK]先看资料。[/THINK]{ANSWER}",
        f"◁think▷先看资料。◁/think▷{ANSWER}",
        f"先看资料。</think>{ANSWER}",
        f"先看资料。\n</thinking>\n{ANSWER}",
        f"<think>一</think><think>二</think>{ANSWER}",
        f"先看。</think>再看。</think>{ANSWER}",
        f"<think>一<think>二</think>{ANSWER}",
        f"{ANSWER}<think>还有吗？",
        f"{ANSWER}<think>还有吗？</think>",
        ANSWER,
    ],
)
def test_thoughts_are_left_out(reply: str) -> None:
    assert without_thoughts(reply).strip() == ANSWER


def test_thoughts_that_are_not_closed_hide_all_that_follows() -> None:
    assert without_thoughts(f"<think>先看资料。{ANSWER}") == ""


@pytest.mark.parametrize(
    ("reply", "aloud"),
    [
        (f"先看。</think>{ANSWER}", True),
        (f"<think>先看。</think>{ANSWER}", False),
        ("先看。", False),
        (f"{ANSWER}[1]", False),
    ],
)
def test_a_model_that_thinks_aloud_is_known_by_an_end_that_has_no_beginning(reply: str, aloud: bool) -> None:
    assert thinks_aloud(reply) == aloud


@pytest.mark.parametrize("opened", ["<think>", "<thinking>", "[THINK]"])
def test_a_tag_that_is_still_coming_is_waited_for(opened: str) -> None:
    reply = f"{opened}收入为6元。[1]然后"
    for end in range(1, len(reply)):
        said = without_thoughts(reply[:end])
        assert not settled(said), f"{said!r} was shown"
