"""Speed and memory, as ratios in one run; never part of the tests."""
