"""Token counts: shipped ranks, no network, linear time."""

from __future__ import annotations

import hashlib
import time

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from sources import tokens


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch):
    """tiktoken reads every hub file through this; reaching it is the failure."""

    def refuse(path):
        raise AssertionError(f"tried to fetch {path}")

    monkeypatch.setattr("tiktoken.load.read_file", refuse)


def test_counts_are_tokens_of_the_encoding():
    text = "2025年农村居民人均可支配收入为54939元，比上年增长5.2%。"
    ids = tokens.encoding().encode_ordinary(text)
    assert tokens.count(text) == len(ids)
    assert tokens.encoding().decode(ids) == text
    assert tokens.encoding() is tokens.encoding()
    assert tokens.count("") == 0


def test_common_words_are_one_token():
    assert [tokens.count(word) for word in ("农村", "居民", "发展", "2025年")] == [1, 1, 1, 3]


@given(st.text())
def test_every_text_round_trips(text):
    encoding = tokens.encoding()
    assert encoding.decode(encoding.encode_ordinary(text)) == text


@given(st.text(alphabet=st.characters(), max_size=50))
def test_any_python_string_can_be_counted(text):
    assert 0 <= tokens.count(text) <= 4 * len(text)


def test_lone_surrogates_count_as_the_replacement_character():
    assert tokens.count("\ud800") == tokens.count("\ufffd") > 0


def test_special_token_text_is_ordinary():
    assert tokens.count("<|endoftext|>") > 1
    assert tokens.encoding().special_tokens_set == set()


@pytest.mark.parametrize("character", ["中", "。", "1", "a", " ", "\n", "\u0301", "𠀀", "\u200b"])
def test_a_long_run_is_cut_into_short_pieces(character):
    """A piece is at most 33 characters, which is what bounds the quadratic merging."""
    short, long = character * 33_000, character * 330_000
    # Whole pieces are independent, so tokens grow in exact proportion to the text.
    assert abs(tokens.count(long) - 10 * tokens.count(short)) <= 10


def test_a_megabyte_line_of_chinese_takes_under_two_seconds():
    line = "浙江省农村居民人均可支配收入连续增长共同富裕示范区建设取得进展" * 11_000
    started = time.perf_counter()
    assert 100_000 < tokens.count(line) < 400_000
    assert time.perf_counter() - started < 2


def test_a_model_without_cached_ranks_gets_the_shipped_encoding(monkeypatch, tmp_path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    tokens.encoding.cache_clear()
    assert tokens.encoding("gpt-4o").name == tokens.NAME
    # A damaged cache file must not send tiktoken to the network either.
    (tmp_path / tokens._HUB_FILES["o200k_base"][0]).write_bytes(b"IQ== 0\n")
    tokens.encoding.cache_clear()
    assert tokens.encoding("gpt-4o").name == tokens.NAME
    assert tokens.encoding("a-model-nobody-knows").name == tokens.NAME


def test_hub_cache_names_are_those_tiktoken_uses(monkeypatch):
    from tiktoken_ext import openai_public

    asked = []

    def record(address, expected_hash=None):
        asked.append((address, expected_hash))
        return {bytes([value]): value for value in range(256)}

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", record)
    for name, (file_name, sha256) in tokens._HUB_FILES.items():
        getattr(openai_public, name)()
        address, expected = asked.pop()
        assert (hashlib.sha1(address.encode()).hexdigest(), expected) == (file_name, sha256)


def test_the_file_is_small_and_complete():
    assert tokens._RANKS.stat().st_size < 400_000
    encoding = tokens.encoding()
    assert isinstance(encoding, tiktoken.Encoding)
    assert encoding.n_vocab == 24_000
    assert {encoding.decode_single_token_bytes(value) for value in range(256)} == {bytes([b]) for b in range(256)}
