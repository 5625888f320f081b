"""The contextual embedder's training, on a made-up language of a few words."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest
import torch

from training.encoder import losses, training
from training.encoder.collection import Collection, answering
from training.encoder.data import Store
from training.encoder.kinds import Kind, Source
from training.encoder.network import Encoder, base_weights, from_bytes, in_bytes
from training.encoder.pack import FILTERS, four_bits
from training.encoder.sampling import Sampler

WORDS, PAIRS, LENGTH = 200, 12, 44
END = 4
"""The piece that ends a sentence."""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Questions 0, 1, …, each of one word; its passage, of a title and two sentences, has another for it."""
    draw = np.random.default_rng(1)
    heads = [np.array([5, 7]), np.array([6, 7])]
    titles = [np.array([], int), np.array([8, 9])]
    asked = [np.array([20 + number] * 3) for number in range(PAIRS)]
    answers = []
    for number in range(PAIRS):
        text = draw.integers(60, WORDS, LENGTH)
        text[3:21], text[LENGTH // 2], text[-1] = 20 + PAIRS + number, END, END
        answers.append(text)
    parts = [*heads, *titles, *asked, *answers]
    rows = np.arange(PAIRS)
    np.savez(
        tmp_path / "arrays.npz",
        lengths=np.array([len(each) for each in parts], np.uint16),
        kind=np.array([Kind.QUERY] * PAIRS + [Kind.PASSAGE] * PAIRS, np.uint8),
        title=np.array([2] * PAIRS + [3] * PAIRS, np.uint32),
        text=np.arange(4, 4 + 2 * PAIRS, dtype=np.uint32),
        pairs=np.stack(
            [rows, PAIRS + rows, np.full(PAIRS, Source.NCP), np.zeros(PAIRS, int), np.full(PAIRS, -1)], axis=1
        ).astype(np.int32),
        mixed=rows.astype(np.int32),
        sentence_ends=np.array([END], np.int32),
        **{
            "case.ncp.pool": (PAIRS + rows).astype(np.int32),
            "case.ncp.gold": np.stack([rows, PAIRS + rows], axis=1).astype(np.int32),
            "case.ncp.bare": np.array([False]),
        },
    )
    raw = np.concatenate(parts).astype(np.uint16).tobytes()
    (tmp_path / "tokens.xz").write_bytes(lzma.compress(raw, format=lzma.FORMAT_RAW, filters=FILTERS))
    np.savez(tmp_path / "base.npz", **base(draw))
    return tmp_path


def base(draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights of two layers that know nothing."""
    made: dict[str, np.ndarray] = {"emb.pos": np.zeros(512 * 384, np.float32), "emb.type": np.zeros(384, np.float32)}

    def matrix(name: str, rows: int, columns: int, size: float) -> None:
        made[f"{name}:nibbles"] = draw.integers(0, 256, (rows * columns // 32, 16)).astype(np.uint8)
        made[f"{name}:scales"] = np.full(rows * columns // 32, size, np.float16)
        if name != "emb.word":
            made[f"{name.removesuffix('.w')}.b"] = np.zeros(rows, np.float32)

    matrix("emb.word", WORDS, 384, 0.2)
    norms = ["emb.ln"]
    for layer in range(2):
        for name, rows, columns in (
            *((part, 384, 384) for part in ("q", "k", "v", "ao")),
            ("fi", 1536, 384),
            ("fo", 384, 1536),
        ):
            matrix(f"l{layer}.{name}.w", rows, columns, 0.005)
        norms += [f"l{layer}.aln", f"l{layer}.oln"]
    for name in norms:
        made[f"{name}.w"], made[f"{name}.b"] = np.ones(384, np.float32), np.zeros(384, np.float32)
    return made


def encoder_of(pack: Path) -> Encoder:
    """The network that knows nothing yet."""
    weights = base_weights(pack / "base.npz", 2)
    return Encoder(weights, weights["emb.word"])


def test_an_item_is_read_with_its_head_and_title(pack: Path) -> None:
    store = Store(pack, torch.device("cpu"))
    ids, mask = store.rows(store.parts(torch.tensor([PAIRS, 0])), 56)
    assert ids[0, :6].tolist() == [0, 6, 7, 8, 9, int(store.tokens[store.starts[store.text[PAIRS]]])]
    assert ids[0][mask[0]][-1] == 2
    assert ids[1][mask[1]].tolist() == [0, 5, 7, 20, 20, 20, 2]
    bare, seen = store.rows(store.parts(torch.tensor([PAIRS]), torch.tensor([True])), 56)
    assert int(seen.sum()) == int(mask[0].sum()) - 2
    assert 8 not in bare[0, :4]


def test_a_sentence_is_taken_out_of_its_passage(pack: Path) -> None:
    store = Store(pack, torch.device("cpu"))
    items = torch.full((40,), PAIRS + 3)
    asked, answers = store.cloze(items, torch.Generator().manual_seed(1))
    whole = int(store.parts(items[:1])[0, :, 1].sum())
    for question, passage in zip(asked, answers, strict=True):
        sentence = int(question[3, 1])
        assert sentence in (LENGTH // 2 + 1, LENGTH // 2 - 1, 40)
        assert int(passage[:, 1].sum()) in (whole, whole - sentence)
    assert any(int(passage[:, 1].sum()) < whole for passage in answers)


def test_what_answers_is_no_look_alike(pack: Path) -> None:
    store = Store(pack, torch.device("cpu"))
    sampler = Sampler(store, 16)
    sampler.mine(encoder_of(pack), torch.float32)
    own = store.pairs[:, 1:2]
    assert bool((sampler.alike >= 0).any())
    assert not bool((sampler.alike == own).any())
    batch = sampler.batch()
    hidden = sampler.hidden(batch, batch.items)
    assert bool(hidden.diagonal().all())


def test_it_learns_to_find_what_answers(pack: Path) -> None:
    torch.manual_seed(1)
    store = Store(pack, torch.device("cpu"))
    encoder, sampler = encoder_of(pack), Sampler(store, PAIRS)
    every = torch.arange(2 * PAIRS)

    def right() -> float:
        found = store.embedded(encoder, every, torch.float32)
        best = (found[:PAIRS] @ found[PAIRS:].T).argmax(1)
        return float((best == every[:PAIRS]).float().mean())

    before = right()
    step = training.Steps(encoder, 1e-3, 0, 1)
    for number in range(15):
        batch = sampler.batch()
        found = store.encoded(encoder, torch.cat([batch.asked, batch.answers]), torch.float32)
        asked, answers = found.split([len(batch.asked), len(batch.answers)])
        hidden = sampler.hidden(batch, batch.items)
        hidden.diagonal().fill_(value=False)
        step.take(losses.contrastive(asked, answers, hidden), number / 30)
    assert before < 0.5
    assert right() > 0.9


def test_a_run_writes_what_it_learned_and_measured(pack: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    settings = training.Settings(
        pairs=8, queue=8, mixed=6, student_texts=8, student_layers=(1,), layers=2, pool=30, measured_until=9
    )
    training.Run(pack, pack / "base.npz", out, 1e-4, settings, begun=0).go()
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert {line["of"] for line in lines if line["what"] == "measured"} >= {"teacher"}
    assert {path.name for path in out.glob("*.npz")} == {"teacher-1.npz", "student-1.npz"}


def test_weights_in_bytes_stay_near(pack: Path) -> None:
    weights = base_weights(pack / "base.npz", 1)
    again = from_bytes(in_bytes(weights))
    assert again.keys() == weights.keys()
    for name, weight in weights.items():
        assert float((again[name] - weight).abs().max()) <= float(weight.abs().max()) / 200


def test_four_bits_are_found_again() -> None:
    draw = np.random.default_rng(1)
    numbers = draw.integers(-8, 8, (6, 32)).astype(np.float32)
    numbers[:, 0] = -8
    scales, nibbles = four_bits(numbers * np.float32(0.125))
    assert (scales == np.float16(0.125)).all()
    assert ((nibbles & 15).astype(int) - 8 == numbers[:, :16]).all()
    assert ((nibbles >> 4).astype(int) - 8 == numbers[:, 16:]).all()
    with pytest.raises(ValueError, match="four bits"):
        four_bits(draw.standard_normal((2, 32)).astype(np.float32))


def test_the_passage_that_answers_is_found() -> None:
    passages = ["甲市去年新增学位二万个。", "乙市去年新增学位三万个，投入五亿元。", "丙市没有数据。"]
    assert answering("乙市新增多少学位", "三万个", passages) == 1
    assert answering("投入多少", "投入五亿 元", passages) == 1
    assert answering("丁市新增多少学位", "四万个", passages) is None


def test_items_are_held_once() -> None:
    made = Collection()
    first = made.passage("一段  文字", "题目")
    assert made.passage("一段 文字", "题目") == first
    assert made.passage("一段 文字") != first
    made.pair("问", first, Source.NCP)
    assert not made.pairs
