"""A document's text is what its passages and the rest make together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.catalog.texts import rest_of, whole_of


@given(st.text(), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_what_was_taken_apart_is_put_together(text: str, spans: list[tuple[int, int]]) -> None:
    parts = [(start, text[start:end]) for start, end in sorted(spans) if start < end and start < len(text)]
    rest = rest_of(text, parts)
    assert whole_of(rest, parts) == text
    covered = {at for start, own in parts for at in range(start, start + len(own))}
    assert rest == "".join(character for at, character in enumerate(text) if at not in covered)
