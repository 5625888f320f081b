"""Learning the reader: what torch has learned, NumPy reads; questions are made of sentences without their answers."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from assistant.reader import Reader
from assistant.training.clozes import clozes
from assistant.training.questions import Alike, Example, windows
from assistant.training.reader import Net, learn, rows, tensors

DAM = "白石水库由水利局管理，2019年建成，库容1200万立方米。"
TOUR = "古城景区去年接待游客86万人次，由文旅公司运营。"
EXAMPLES = [
    Example("白石水库由谁管理？", DAM, "水利局"),
    Example("白石水库什么时候建成？", DAM, "2019年"),
    Example("白石水库由谁管理？", TOUR, ""),
    Example("古城景区由谁运营？", TOUR, "文旅公司"),
]


def test_numpy_reads_what_torch_has_learned(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net, data, out = Net(size=16), rows(EXAMPLES), tmp_path / "reader.safetensors"
    learn(net, data * 8, {"own": data}, minutes=0.02, rate=2e-3, out=out)
    shapes = {name: value.shape for name, value in net.state_dict().items()}
    reader = Reader(out)
    stored = Net(size=16)
    stored.load_state_dict({name: torch.from_numpy(reader.weights[name]) for name in shapes})
    stored.eval()
    with torch.no_grad():
        logits, none = stored(tensors(data))
    for at, example in enumerate(EXAMPLES):
        (reading,) = reader.read(example.question, [example.passage])
        n = len(reading.starts)
        np.testing.assert_allclose(reading.starts, (logits[at, :n, 0] - none[at]).numpy(), atol=2e-2)
        np.testing.assert_allclose(reading.inside, logits[at, :n, 2].numpy(), atol=2e-2)


def test_rows_mark_where_the_answer_stands() -> None:
    who, when, absent, _ = rows(EXAMPLES)
    assert who.starts.sum() == when.starts.sum() == 1
    assert when.inside.sum() >= 2  # 2019 and 年
    assert not absent.starts.any()
    assert not rows([Example("谁？", "没有别的。", "水利局")])  # an answer that isn't there teaches nothing


@pytest.mark.filterwarnings("ignore")  # jieba's own
def test_questions_are_asked_for_what_was_taken_out() -> None:
    pytest.importorskip("jieba", reason="jieba (extra training) tells persons' names")
    sentence = "2024年，青田县改造山塘12座，项目由县水利局局长张建国负责。"
    made = [cloze for seed in range(20) for cloze in clozes(sentence, random.Random(seed))]
    assert {sentence[slice(*cloze.answer)] for cloze in made} >= {"2024年", "12座"}
    for cloze in made:
        assert sentence[slice(*cloze.answer)] not in cloze.question


def test_windows_hold_whole_sentences() -> None:
    text = "".join(f"第{n}句话说的是第{n}件事情，讲得很清楚。" for n in range(40))
    cut = windows(text, 100)
    assert "".join(cut) == text
    assert all(part.endswith("。") and len(part) <= 130 for part in cut)


def test_what_reads_alike_is_found_by_its_rare_pairs() -> None:
    filler = [f"第{n}条说的是普通的规定与要求。" for n in range(200)]
    alike = Alike([*filler, DAM, TOUR])
    assert alike.near("白石水库的库容是多少？", 1) == [DAM]
