"""Answers over tables: a question aligned with a table's rows, columns and cells, and what it asks of them."""
