"""A server answers while another process indexes: `benchmarks.live` with three hundred files, not ten thousand."""

from __future__ import annotations

from benchmarks.live import run


def test_nothing_is_wrong_while_another_process_indexes() -> None:
    found = run(files=300, askers=4, idle_s=1.0, least_s=1.0, first=40)
    for phase in (found.idle, found.indexing, found.after):
        assert phase.errors == []
        assert phase.wrong == []
    assert found.indexing.times_s
