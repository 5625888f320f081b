"""Lists as answers: whole, counted, filtered, summed, or one of their items."""
