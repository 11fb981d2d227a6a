"""Results in a terminal: side by side where there is room, one above the other where there is not."""
