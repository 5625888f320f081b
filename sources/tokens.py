"""Token counts without a network: our own byte-level BPE ranks as a `tiktoken.Encoding`.

tiktoken fetches its encodings from a hub at first use and fails offline, so a budget is counted with ranks trained on
Chinese news and shipped in `ranks/` (`training/embedder/ranks.py` makes them). A model's own encoding is used when
tiktoken's cache already holds it.
"""

import base64
import gzip
import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

import tiktoken

NAME = "youju_24k"
# Every character falls into exactly one class, no alternative looks ahead, and every run is capped: a piece is at most
# 33 characters (132 bytes), so the regular expression and the merging are linear in the text. tiktoken's own patterns
# leave letter runs unbounded, and its merging is quadratic in a piece: one line of Chinese without punctuation takes
# minutes there. Chinese stands apart from other letters so that "AI技术" and "技术" share a token.
PATTERN = "|".join(
    [
        r"\p{Han}{1,16}",
        r" ?[^\s\p{Han}\p{N}\p{P}\p{S}\p{C}]{1,32}",  # letters and marks of every other script
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{M}\p{N}]{1,16}",  # punctuation, symbols, control and unassigned characters
        r"\s{1,16}",
    ]
)
_RANKS = Path(__file__).parent / "ranks" / f"{NAME}.tiktoken.gz"
# The name of tiktoken's cache file (the SHA-1 of the address it comes from) and the SHA-256 of what it holds.
_HUB_FILES = {
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}


@cache
def encoding(model: str = "") -> tiktoken.Encoding:
    """The shipped encoding, or `model`'s own if tiktoken knows it and has it in its cache already.

    It never reaches for the network: an unknown model, or one whose ranks are not cached, gets the shipped encoding.
    That one was trained on Chinese (about 1.7 characters a token) and counts English high, so a budget for another
    model's Chinese should leave a margin.
    """
    if model:
        try:
            name = tiktoken.encoding_name_for_model(model)
        except KeyError:
            name = ""
        if _is_cached(name):
            return tiktoken.get_encoding(name)
    ranks = dict(_rank(line) for line in gzip.decompress(_RANKS.read_bytes()).splitlines())
    return tiktoken.Encoding(NAME, pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def count(text: str, *, model: str = "") -> int:
    """How many tokens `text` has. `<|endoftext|>` and the like are ordinary text; a lone surrogate counts as U+FFFD."""
    return len(encoding(model).encode_ordinary(text))


def _rank(line: bytes) -> tuple[bytes, int]:
    token, rank = line.split()
    return base64.b64decode(token), int(rank)


def _is_cached(name: str) -> bool:
    """Whether tiktoken's cache holds `name` whole; a damaged file would send tiktoken to the network."""
    if name not in _HUB_FILES:
        return False
    file_name, sha256 = _HUB_FILES[name]
    # The same places, in the same order, as tiktoken.load looks; an empty setting turns its cache off.
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if folder == "":
        return False
    path = Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache") / file_name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
