"""Cases for the benchmark of grounding: what is true of a paper in many guises, and what was planted in it."""
