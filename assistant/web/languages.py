"""The languages that the pages speak, by their code; a page of its own words has these two as well."""

from __future__ import annotations

from assistant.web.chinese import ZH
from assistant.web.english import EN

WORDS = {"zh": ZH, "en": EN}
