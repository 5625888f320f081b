"""Where a reply ends, whole and piece by piece."""

from __future__ import annotations

import pytest

from assistant.server.chat.cutting import Cut
from sources import tokens

TEXT = "甲市有12个食堂。[1]乙市有15个食堂，都在社区里。[2]\n\n- 丙市没有。[1]\n- 丁市也没有。[2]"
FIRST = "甲市有12个食堂。[1]"


@pytest.mark.parametrize(
    ("cut", "told", "reason"),
    [
        (Cut(), TEXT, "stop"),
        (Cut(("戊",)), TEXT, "stop"),
        (Cut(("15", "12")), "甲市有", "stop"),
        (Cut(("甲",)), "", "stop"),
        (Cut(("\n\n- 丙",)), TEXT[: TEXT.index("\n\n")], "stop"),
        (Cut(max_tokens=1), FIRST, "length"),
        (Cut(max_tokens=tokens.count(FIRST)), FIRST, "length"),
        (Cut(max_tokens=tokens.count(TEXT) - 1), TEXT[: TEXT.index("\n- 丁")], "length"),
        (Cut(max_tokens=tokens.count(TEXT)), TEXT, "stop"),
        (Cut(("个食堂，",), 1), FIRST, "length"),
        (Cut(("乙",), 1), FIRST, "stop"),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 5, 1000])
def test_pieces_are_the_whole_up_to_its_end(cut: Cut, told: str, reason: str, piece: int) -> None:
    assert cut.told(TEXT) == (told, reason)
    sent = ""
    for end in range(piece, len(TEXT) + piece, piece):
        upto = cut.so_far(TEXT[:end])
        assert upto.startswith(sent)  # what is sent can't be taken back
        sent = upto
    assert told.startswith(sent)
