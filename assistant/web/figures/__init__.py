"""The figures page: which metrics there are, and one of them by place and time, each value with its source."""
