"""The evaluators' harness: cases × systems to results that can be trusted; it reads answers, never inside."""

__all__: list[str] = []
