"""Which form of answer a question asks for, in words that the model hasn't learned from."""

from __future__ import annotations

import pytest

from assistant.question.forms import FORMS, Form, Forms, form_of, forms_of


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("去年全县一共修了多少公里农村公路？", "fact"),
        ("柳营中学哪天开学", "fact"),
        ("食堂承包商是谁定的？", "fact"),
        ("租赁合同备案怎么弄？", "passage"),
        ("图书馆搬迁以后怎么管理？", "passage"),
        ("How are complaints about noise handled?", "passage"),
        ("集市为什么搬走了？", "reason"),
        ("把这份会议材料概括一下", "summary"),
        ("Give me an overview of the flood report.", "summary"),
        ("哪些家庭可以免交学费？", "list"),
    ],
)
def test_the_form_is_told(question: str, form: Form) -> None:
    assert form_of(question) == form


def test_shares_are_probabilities() -> None:
    shares = forms_of("社区食堂的补贴标准")
    assert set(shares) == set(FORMS)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-4)


def test_a_model_is_kept_and_read_again_as_it_was() -> None:
    import numpy as np

    model = Forms({"怎": 0, "^谁": 1}, np.eye(4, 5, dtype=np.float32), np.zeros(5, np.float32))
    again = Forms.from_json(model.to_json())
    vector = np.array([0.5, -0.5], np.float32)
    assert again("谁负责", vector).tolist() == model("谁负责", vector).tolist()
    assert again("谁负责", vector)[1] > again("怎么办", vector)[1]
