"""Questions in, checked answers out: the answerers, the checks, the command line, the web chat and the API."""

from assistant.answers import Answer, AnswerFigure, Citation, Clarification, Evidence, Nearest, Turn

__all__ = ["Answer", "AnswerFigure", "Citation", "Clarification", "Evidence", "Nearest", "Turn"]
