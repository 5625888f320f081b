"""Reports of a run: pages, tables, plots and the cases missed."""
