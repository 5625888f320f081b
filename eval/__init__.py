"""The evaluators' harness: cases × systems to results that can be trusted; only `parts/` looks inside."""

__all__: list[str] = []
