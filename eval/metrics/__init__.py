"""What is measured, one file each: a pure function, a worked example, the paper; `eval.reports.scores` lists all."""
