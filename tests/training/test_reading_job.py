"""What the reader learns from, how it is packed, and that a tiny network learns it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from assistant.reading.reader import STATED, Reader, Tokenizer
from training.reader.samples import Sample, from_line, occurrences
from training.reader.statements import reworded

torch = pytest.importorskip("torch")

from training.reader import batches, job, measures, network, pack  # noqa: E402
from training.reader.calibrate import fitted  # noqa: E402
from training.reader.export import export  # noqa: E402

SAID = "2023年全市新建公租房1.2万套，比上年增长8%。其中绍兴市新建三千套。"
SAMPLES = [
    Sample("新建公租房多少套？", SAID, "people", "a", occurrences(SAID, "1.2万套"), kind="number"),
    Sample("新建人才房多少套？", SAID, "people", "a", kind="group"),
    Sample("新建公租房1.2万套吗？", SAID, "people", "a", yesno=1, kind="yes"),
    Sample(f"{STATED}2023年新建公租房1.2万套。", SAID, "says", "b", supported=1, kind="shorter"),
    Sample(f"{STATED}2023年新建公租房2.1万套。", SAID, "says", "b", supported=0, kind="number"),
]


class Counted:
    """A clock on which every look takes a second: a test learns as many steps on any machine."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def passed(self) -> float:
        self.seconds += 1
        return self.seconds


@pytest.fixture
def data(tmp_path: Path) -> batches.Data:
    packer = pack.Packer(Tokenizer(pack.TOKENIZER))
    for sample in SAMPLES:
        packer.add(sample)
    path = tmp_path / "part.npz"
    np.savez(path, names=json.dumps(packer.names), **packer.arrays())
    arrays, names = pack.merged([path, path])
    pack.save(arrays, tmp_path)
    (tmp_path / "names.json").write_text(json.dumps(names), "utf8")
    return batches.read(tmp_path, torch.device("cpu"))


def test_a_packed_sample_is_what_the_reader_reads(data: batches.Data) -> None:
    tokenizer = Tokenizer(pack.TOKENIZER)
    assert len(data) == 2 * len(SAMPLES)
    x = batches.batch(data, np.arange(len(data)))
    for at, sample in enumerate([*SAMPLES, *SAMPLES]):
        both = tokenizer.together(sample.question, sample.passage)
        assert both is not None
        for name in ("ids", "sides", "degrees"):
            assert x[name][at, : len(both)].tolist() == getattr(both, name).tolist()
            assert x["mask"][at].sum() == len(both)
        readable = x["readable"][at, both.first : both.first + len(both.spans)]
        assert readable.tolist() == both.readable.tolist()
        if sample.spans:
            places = both.spans[x["inside"][at, both.first : both.first + len(both.spans)].numpy()]
            assert (places[0, 0], places[-1, 1]) == sample.spans[0]
    assert x["held"].tolist() == 2 * [True, False, False, False, False]


def test_batches_hold_every_row_once_and_not_too_many_pieces() -> None:
    sizes = np.random.default_rng(1).integers(10, 200, 500)
    made = list(batches.batches(np.arange(500), sizes, 1000, np.random.default_rng(2)))
    assert sorted(np.concatenate(made).tolist()) == list(range(500))
    assert max(len(rows) * sizes[rows].max() for rows in made) <= 1000


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_tiny_teacher_and_its_student_learn_and_run(data: batches.Data, tmp_path: Path) -> None:
    torch.manual_seed(1)
    words = len(Tokenizer(pack.TOKENIZER))
    teacher = network.Net(words, layers=12, size=24, inner=48, heads=2, dropout=0.0)
    rows = np.arange(len(data))
    job.learn(teacher, data, rows, Counted(), 160, rate=1e-2)
    student = network.Net(words, size=24, inner=48, heads=2, dropout=0.0)
    network.start_student(student, teacher)
    job.learn(student, data, rows, Counted(), 120, rate=5e-3, teacher=teacher)
    got = measures.answered(student, data, rows)
    assert got["exact"][0]
    assert got["there"][0] > got["there"][1]
    assert got["support"][3] > got["support"][4]
    (path,) = network.write(student, tmp_path / "student")
    again = network.Net(words, size=24, inner=48, heads=2)
    again.load_state_dict({**network.unpacked([path]), "words.weight": student.words.weight})
    export(again, tmp_path / "shipped")
    reading = Reader(tmp_path / "shipped").read(SAMPLES[0].question, [SAID])[0]
    start, end = reading.within(0, len(SAID)).span
    assert SAID[start:end] == "1.2万套"


def test_probabilities_come_true_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    odds = rng.normal(0, 3, 4000).astype(np.float32)
    true = (rng.random(4000) < 1 / (1 + np.exp(-(0.5 * odds - 1)))).astype(np.float32)
    factor, added = fitted([(odds[:3000], true[:3000]), (odds[3000:], true[3000:])])
    assert factor == pytest.approx(0.5, abs=0.05)
    assert added == pytest.approx(-1, abs=0.15)


def test_what_is_said_otherwise_keeps_its_figures() -> None:
    found = {reworded(SAID, random.Random(seed))[0] for seed in range(60)}
    assert any("12000" in text or "12,000" in text for text in found)
    assert all("下降" not in text for text in found)


def test_a_sample_is_kept_as_a_line() -> None:
    assert [from_line(sample.line()) for sample in SAMPLES] == SAMPLES


def test_the_area_is_that_of_pairs_in_order() -> None:
    scores, right = np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])
    assert measures.area(scores, right) == 0.75


def test_odds_that_come_true_as_often_as_they_say_are_calibrated() -> None:
    right = np.array([True] * 7 + [False] * 3)
    assert measures.calibration_error(np.full(10, np.log(7 / 3)), right) < 1e-6
    assert measures.calibration_error(np.full(10, -np.log(7 / 3)), right) == pytest.approx(0.4)
