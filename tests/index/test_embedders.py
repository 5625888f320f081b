"""Embedders: the shipped model two ways, a sentence-transformers model, an endpoint."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from index.embedders import registry as embedders
from index.embedders.embedder import EmbedderError, prompts_of
from index.embedders.registry import load_embedder, recalled
from index.embedders.static import SHIPPED, StaticEmbedder

TEXTS = [
    "2025年嘉兴农村居民人均可支配收入为54939元，比上年增长5.2%。",
    "農村居民人均可支配收入與城鎮居民的差距繼續縮小",
    "Rural residents' per-capita disposable income rose by 5.2 percent.",
    "ＡＩ技术 ①②③ ㎡ 😀 \u0301 <|endoftext|>",
    "",
    "。！？ \n\t",
    "共同富裕示范区建设取得进展，城乡居民收入倍差缩小到1.83。" * 400,
]


@pytest.fixture(scope="module")
def shipped():
    return load_embedder()


@pytest.fixture
def offline(monkeypatch):
    """Any connection is the failure."""

    def refuse(*_arguments):
        raise AssertionError("tried the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_vectors_are_float32_rows_of_unit_length(shipped):
    rows = shipped.encode(TEXTS)
    assert rows.shape == (len(TEXTS), shipped.dimension)
    assert rows.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 1, 0, 0, 1], atol=1e-5)
    assert shipped.encode([]).shape == (0, shipped.dimension)


def test_a_question_is_read_like_a_passage(shipped):
    np.testing.assert_array_equal(shipped.encode_query(TEXTS[0]), shipped.encode([TEXTS[0]])[0])


def test_the_shipped_folder_loads_in_sentence_transformers_with_equal_vectors(shipped, offline):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    theirs = sentence_transformers.SentenceTransformer(str(SHIPPED), device="cpu")
    # Torch adds up a text's rows one by one in float32, and drifts by 2e-5 at some 60,000 words.
    np.testing.assert_allclose(shipped.encode(TEXTS), theirs.encode(TEXTS), atol=1e-5)
    assert theirs.get_embedding_dimension() == shipped.dimension


def test_loading_the_shipped_model_imports_nothing_heavy_and_needs_no_network():
    program = (
        "import socket, sys\n"
        "def refuse(*a): raise SystemExit('tried the network')\n"
        "socket.socket.connect = refuse\n"
        "from index.embedders import load_embedder\n"
        "assert load_embedder().encode_query('共同富裕').any()\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'openai', 'langchain_openai'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (run.stdout, run.returncode) == ("[]\n", 0), run.stderr


def test_the_shipped_folder_is_small_and_says_what_it_is():
    sizes = {path.name: path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 20_000_000
    assert {"modules.json", "tokenizer.json", "model.safetensors", "README.md"} <= set(sizes)
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for data in ("CRUD_RAG", "cctv_news", "cmrc2018", "DRCD", "DataFountain"):
        assert data in card


def test_nearer_in_meaning_is_nearer(shipped):
    question = shipped.encode_query("农民的收入增长了多少？")
    near, far = shipped.encode(["农村居民人均可支配收入同比增长5.2%", "会议室预订须提前两天提交申请表"])
    assert question @ near > question @ far + 0.1


def test_script_width_and_case_do_not_matter(shipped):
    plain, other = shipped.encode(["推进AI技术学术研究与区域发展2025", "推進ＡＩ技術學術研究與區域發展２０２５"])
    np.testing.assert_allclose(plain, other, atol=1e-6)


def test_the_name_holds_a_digest_of_the_weights(shipped, tmp_path):
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    same = StaticEmbedder(tmp_path)
    assert same.name.partition("@")[2] == shipped.name.partition("@")[2]
    weights = bytearray((tmp_path / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    assert StaticEmbedder(tmp_path).name != same.name


def test_token_vectors_point_into_the_text_and_sum_to_its_vector(shipped):
    text = "嘉兴：農村居民收入 54939 元，AI"
    pieces, spans, vectors = shipped.token_vectors(text)
    assert vectors.shape == (len(pieces), shipped.dimension)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [text[start:end] for start, end in spans][:3] == ["嘉兴", "農村", "居民"]
    assert pieces[:3] == ["嘉兴", "农村", "居民"]
    total = vectors.sum(axis=0)
    np.testing.assert_allclose(total / np.linalg.norm(total), shipped.encode_query(text), atol=1e-5)
    assert shipped.token_vectors("").vectors.shape == (0, shipped.dimension)


def test_frequent_words_count_little(shipped):
    pieces, _, vectors = shipped.token_vectors("拆除的猪舍")
    lengths = dict(zip(pieces, np.linalg.norm(vectors, axis=1), strict=True))
    assert lengths["的"] * 2 < max(lengths.values())


def test_a_lone_surrogate_is_read_as_an_unknown_character(shipped):
    np.testing.assert_array_equal(shipped.encode_query("收入\ud800增长"), shipped.encode_query("收入\ufffd增长"))
    assert shipped.token_vectors("收入\ud800增长").spans[-1] == (3, 5)


def test_threads_share_one_embedder(shipped):
    texts = [f"第{number}条 农村居民收入" for number in range(300)]
    alone = shipped.encode(texts)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: (shipped.encode(texts), shipped.token_vectors(texts[0])), range(16)))
    for rows, _ in together:
        np.testing.assert_array_equal(rows, alone)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(EmbedderError, match=r"model\.safetensors"):
        StaticEmbedder(tmp_path)


# --- any sentence-transformers model


@pytest.fixture(scope="module")
def tiny_transformer(tmp_path_factory) -> Path:
    """A BERT of a few kilobytes with random weights, and a query prompt, saved as sentence-transformers saves one."""
    torch = pytest.importorskip("torch")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("tiny")
    bert = folder / "bert"
    bert.mkdir()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"收入农村居民增长问：", "a", "b"]
    (bert / "vocab.txt").write_text("\n".join(dict.fromkeys(pieces)), encoding="utf-8")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32,
    )  # fmt: skip
    BertModel(config).save_pretrained(bert)
    BertTokenizer(str(bert / "vocab.txt")).save_pretrained(bert)
    transformer = Transformer(str(bert))
    pooling = Pooling(transformer.get_embedding_dimension())
    model = SentenceTransformer(modules=[transformer, pooling], prompts={"query": "问：", "document": ""}, device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"


def test_a_sentence_transformers_folder(tiny_transformer, offline):
    embedder = load_embedder(str(tiny_transformer))
    assert embedder.dimension == 16
    rows = embedder.encode(["农村居民收入", "增长", "a" * 500])
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    # The model's own query prompt is used for questions and only for them.
    np.testing.assert_allclose(embedder.encode_query("收入"), embedder.encode(["问：收入"])[0], atol=1e-5)
    assert not np.allclose(embedder.encode_query("收入"), embedder.encode(["收入"])[0], atol=1e-3)
    assert embedder.encode([]).shape == (0, 16)
    assert embedder.name == load_embedder(str(tiny_transformer)).name
    assert embedder.name.startswith("model@")


def _renamed(tiny_transformer: Path, folder: Path) -> str:
    """The tiny model in a folder of this name, without prompts in its files."""
    for source in tiny_transformer.rglob("*"):
        if source.is_file():
            target = folder / source.relative_to(tiny_transformer)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    config = folder / "config_sentence_transformers.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(settings | {"prompts": {}}), encoding="utf-8")
    return str(folder)


def test_a_model_whose_instruction_is_only_on_its_card(tiny_transformer, tmp_path):
    embedder = load_embedder(_renamed(tiny_transformer, tmp_path / "bge-small-zh-v1.5"))
    prompted = embedder.encode(["为这个句子生成表示以用于检索相关文章：收入"])[0]
    np.testing.assert_allclose(embedder.encode_query("收入"), prompted, atol=1e-5)


def test_a_model_whose_card_asks_for_words_before_passages_too(tiny_transformer, tmp_path):
    embedder = load_embedder(_renamed(tiny_transformer, tmp_path / "multilingual-e5-small"))
    plain = load_embedder(_renamed(tiny_transformer, tmp_path / "other"))
    np.testing.assert_allclose(embedder.encode_query("收入"), plain.encode_query("query: 收入"), atol=1e-5)
    np.testing.assert_allclose(embedder.encode(["收入"]), plain.encode(["passage: 收入"]), atol=1e-5)
    assert embedder.name.endswith("+passage")


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("BAAI/bge-base-en-v1.5", "Represent this sentence", ""),
        ("BAAI/bge-m3", "", ""),
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", "Instruct: ", ""),
        ("Qwen/Qwen3-Embedding-0.6B", "Instruct: ", ""),
        ("/models/bge-large-zh-v1.5/", "为这个句子", ""),
        ("text-embedding-3-small", "", ""),
    ],
)
def test_cards(model, query, passage):
    found = prompts_of(model)
    assert found.query.startswith(query)
    assert bool(found.query) == bool(query)
    assert found.passage == passage


def test_an_embedder_is_recalled_from_its_origin(tiny_transformer, shipped):
    for embedder in (shipped, load_embedder(str(tiny_transformer))):
        assert recalled(embedder.origin).name == embedder.name
    with pytest.raises(EmbedderError, match="nothing says where"):
        recalled("")


def test_a_folder_that_is_no_model_says_what_to_do(tmp_path, offline):
    with pytest.raises(EmbedderError, match="Give the folder of a downloaded model"):
        load_embedder(str(tmp_path / "nothing"))


# --- an OpenAI-compatible endpoint


class _Endpoint(BaseHTTPRequestHandler):
    """Answers /v1/embeddings with (length, 1, 0) for each text, in the reverse order, as servers may."""

    asked: list[dict] = []  # noqa: RUF012
    keys: list[str | None] = []  # noqa: RUF012
    short = False

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(body)
        self.keys.append(self.headers["authorization"])
        if body["model"] == "unknown":
            return self._reply(404, {"error": {"message": "no such model"}})
        if body["model"] == "shaky" and len(self.asked) % 3:
            return self._reply(503, {"error": {"message": "busy"}})
        data = [
            {"object": "embedding", "index": n, "embedding": [float(len(text)), 1.0, 0.0]}
            for n, text in enumerate(body["input"])
        ]
        if body["model"] == "short":
            data = data[:-1]
        if body["model"] == "no numbers":
            data[0]["embedding"][0] = float("nan")
        if body["model"] == "growing":
            data[0]["embedding"] += [0.0] * len(self.asked)
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return self._reply(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})

    def _reply(self, status, value):
        payload = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def endpoint():
    _Endpoint.asked, _Endpoint.keys = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_openai_compatible_endpoint(endpoint):
    embedder = load_embedder("openai:bge-m3", base_url=endpoint, api_key="k")
    assert embedder.name == "openai:bge-m3"
    assert embedder.dimension == 3
    texts = [*("农" * (n % 3 + 1) for n in range(150)), "  ", "收\ud800"]
    rows = embedder.encode(texts)
    expected = np.array([[len(t), 1, 0] if t.strip() else [0, 0, 0] for t in texts], dtype=np.float32)
    expected /= np.maximum(np.linalg.norm(expected, axis=1, keepdims=True), 1e-12)
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    assert rows.dtype == np.float32
    # Texts, not token ids, in batches that servers take, with the key.
    sent = [text for body in _Endpoint.asked for text in body["input"]]
    assert all(isinstance(text, str) and text.strip() for text in sent)
    assert max(len(body["input"]) for body in _Endpoint.asked) <= 64
    assert set(_Endpoint.keys) == {"Bearer k"}
    np.testing.assert_array_equal(embedder.encode_query("农农"), embedder.encode(["农农"])[0])
    assert embedder.encode(["", " "]).shape == (2, 3)


def test_an_endpoint_that_refuses_says_what_to_check(endpoint):
    with pytest.raises(EmbedderError, match="Check the address, the key and the model's name"):
        load_embedder("openai:unknown", base_url=endpoint, api_key="k").encode(["收入"])
    with pytest.raises(EmbedderError, match="1 vectors for 2 texts"):
        load_embedder("openai:short", base_url=endpoint, api_key="k").encode(["收入", "增长"])
    with pytest.raises(EmbedderError, match="are no numbers"):
        load_embedder("openai:no numbers", base_url=endpoint, api_key="k").encode(["收入"])
    growing = load_embedder("openai:growing", base_url=endpoint, api_key="k")
    growing.encode(["收入"])
    with pytest.raises(EmbedderError, match="another model answers under the same name"):
        growing.encode(["收入"])


def test_a_busy_server_is_asked_again(endpoint):
    assert load_embedder("openai:shaky", base_url=endpoint).encode(["收入"]).shape == (1, 3)
    assert len(_Endpoint.asked) == 3


def test_a_server_gets_the_words_that_the_models_card_asks_for(endpoint):
    embedder = load_embedder("openai:intfloat/multilingual-e5-small", base_url=endpoint)
    embedder.encode(["收入", "增长"])
    embedder.encode_query("收入")
    assert [body["input"] for body in _Endpoint.asked] == [["passage: 收入", "passage: 增长"], ["query: 收入"]]


def test_the_key_goes_only_to_the_address_it_was_given_for(endpoint, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    origin = load_embedder("openai:bge-m3", base_url=endpoint, api_key="k").origin
    assert "k" not in json.loads(origin).values()
    recalled(origin, base_url=endpoint, api_key="k").encode_query("收入")
    recalled(origin, base_url="http://elsewhere/v1", api_key="other").encode_query("收入")
    assert _Endpoint.keys == ["Bearer k", "Bearer none"]


def test_openai_without_a_model_is_misuse():
    with pytest.raises(ValueError, match="openai:MODEL"):
        load_embedder("openai:")


def test_every_kind_is_listed():
    assert set(embedders.EMBEDDERS) == {"static", "contextual", "sentence-transformers", "openai"}


# --- measuring


def test_evaluation_counts_ties_against_the_model():
    from training.embedder.evaluate import cut, mrr, ranks_of_gold, recall

    scores = np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.5, 0.5, 0.1]], dtype=np.float32)
    ranks = ranks_of_gold(scores, [{0}, {1, 2}, {1}])
    assert ranks.tolist() == [0, 1, 1]
    assert mrr(ranks) == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert mrr(ranks, depth=1) == pytest.approx(1 / 3)
    assert recall(ranks, depth=1) == pytest.approx(1 / 3)
    assert cut("甲乙丙丁戊", 2) == ["甲乙", "丙丁", "戊"]


def test_gains_of_a_ranking():
    from training.embedder.evaluate import gains

    scores = np.zeros((2, 300), dtype=np.float32)
    scores[0, [7, 8]] = 3, 2  # first and second of two
    scores[1, :150] = np.arange(150, 0, -1)
    ndcg, found = gains(scores, [{7, 8}, {1, 149}])
    assert ndcg == pytest.approx([1, (1 / np.log2(3)) / (1 + 1 / np.log2(3))])
    assert found == pytest.approx([1, 0.5])


def test_an_interval_tells_a_difference_from_chance():
    from training.embedder.evaluate import interval

    draw = np.random.default_rng(5)
    cases = draw.random(300)
    low, high = interval(cases + draw.normal(0, 0.3, 300), cases)
    assert low < 0 < high
    assert high - low < 0.1
    low, high = interval(cases + 0.2 + draw.normal(0, 0.3, 300), cases)
    assert 0 < low < 0.2 < high
    assert interval(cases, cases) == (0, 0)


def test_words_and_meaning_are_added_at_one_scale():
    from training.embedder.evaluate import Questions, lexical

    passages = ["农村居民收入增长", "城镇居民收入", "会议室预订"]
    scores = lexical(Questions(passages, ["农村收入", "电影"], [{0}, {1}], np.array([True, True])))
    assert scores[0, 0] == 1
    assert 0 < scores[0, 1] < 1
    assert scores[0, 2] == 0
    assert not scores[1].any()
