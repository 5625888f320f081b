"""axe-core, which finds what people with other eyes, ears and hands can't use; it isn't ours, and is not in this tree.

`npm pack axe-core` brings it; `.ci/run` puts its file where this looks.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

PLACES = (
    Path(os.environ.get("AXE_CORE", "axe.min.js")),
    Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js",
    Path.home() / ".cache" / "youju" / "axe.min.js",
)


def grave_findings(page: Page) -> list[str]:
    """What is serious or critical on the page as it is now, with where; skips where axe-core isn't there."""
    script = next((place for place in PLACES if place.is_file()), None)
    if script is None:
        pytest.skip("no axe-core: npm pack axe-core, and its axe.min.js to ~/.cache/youju/")
    page.evaluate(script.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{finding['impact']} {finding['id']}: {node['target']} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
