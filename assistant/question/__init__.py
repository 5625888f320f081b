"""What is asked: kind, times, places, measure and words; nothing is looked up here."""

from assistant.question.conversation import understand
from assistant.question.question import Question

__all__ = ["Question", "understand"]
