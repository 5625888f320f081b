"""The contextual embedder: the shipped network, what it makes of texts, and that it stands alone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.embedders.contextual import CONTEXTUAL, ContextualEmbedder, shipped_contextual
from index.embedders.embedder import EmbedderError
from index.embedders.registry import load_embedder, recalled

RULES = {
    "低保": "最低生活保障标准为每人每月1050元。",
    "五保": "特困人员供养标准按最低生活保障标准的1.3倍确定。",
    "上学": "随迁子女接受义务教育实行积分入学。",
    "上牌": "电动自行车登记、号牌发放由公安机关交通管理部门办理。",
    "会议": "会议室预订须提前两天提交申请表。",
}


@pytest.fixture(scope="module")
def contextual():
    return shipped_contextual()


def test_vectors_are_float32_rows_of_unit_length(contextual):
    texts = [*RULES.values(), "", "。！？ \n\t", "😀 ①②③ \u0301 <|endoftext|>", "half a pair \ud83d", "长" * 5000]
    rows = contextual.encode(texts)
    assert rows.shape == (len(texts), contextual.dimension)
    assert rows.dtype == np.float32
    expected = [0 if text in ("", "。！？ \n\t") else 1 for text in texts]
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), expected, atol=1e-5)
    assert contextual.encode([]).shape == (0, contextual.dimension)


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("低保一个月能领多少钱", "低保"),
        ("孩子跟着来打工能上学吗", "上学"),
        ("电瓶车去哪里上牌照", "上牌"),
        ("孩子跟著來打工能上學嗎", "上学"),
        ("开会的房间怎么订", "会议"),
    ],
)
def test_other_words_for_the_same_are_nearest(contextual, question, rule):
    nearest = (contextual.encode(list(RULES.values())) @ contextual.encode_query(question)).argmax()
    assert list(RULES)[nearest] == rule


def test_a_text_has_one_vector_whatever_it_is_embedded_with(contextual):
    texts = list(RULES.values())
    together = contextual.encode(texts)
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_array_equal(contextual.encode([text])[0], row)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(contextual.encode, [texts] * 4):
            np.testing.assert_array_equal(rows, together)


def test_a_cosine_says_how_near_two_texts_are(contextual):
    rules = contextual.encode(list(RULES.values()))
    own, others = rules @ contextual.encode_query("最低生活保障每月多少元？"), (rules @ rules.T)[np.triu_indices(5, 1)]
    assert own[0] > 0.5
    assert own[-1] < 0.2
    assert others.mean() < 0.4  # as the network gives them, all are above 0.8
    raw = contextual.uncentred("passage: ", list(RULES.values()))
    assert (raw @ raw.T).min() > 0.7


def test_the_name_vouches_for_the_weights_and_the_origin_loads_them_again(contextual, tmp_path):
    assert contextual.name.startswith("youju-contextual@")
    assert recalled(contextual.origin) is load_embedder("contextual:") is contextual
    for name in ("model.onnx", "means.npy", "tokenizer.json"):
        (tmp_path / name).write_bytes((CONTEXTUAL / name).read_bytes())
    other = ContextualEmbedder(tmp_path)
    assert other.name.partition("@")[2] == contextual.name.partition("@")[2]
    assert other.origin == ""
    (tmp_path / "tokenizer.json").write_bytes((CONTEXTUAL / "tokenizer.json").read_bytes() + b" ")
    assert ContextualEmbedder(tmp_path).name != other.name


def test_a_folder_without_a_model_is_one_clear_line(tmp_path):
    with pytest.raises(EmbedderError, match=r"model\.onnx is missing; install again"):
        ContextualEmbedder(tmp_path)


def test_another_contextual_model_has_no_name():
    with pytest.raises(ValueError, match="不是内置模型"):
        load_embedder("contextual:mine")


def test_it_needs_neither_torch_nor_a_network():
    program = (
        "import socket, sys\n"
        "def refuse(*a): raise SystemExit('tried the network')\n"
        "socket.socket.connect = refuse\n"
        "from index.embedders import load_embedder\n"
        "assert load_embedder('contextual:').encode_query('共同富裕').any()\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'openai'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (run.stdout, run.returncode) == ("[]\n", 0), run.stderr
