"""Fixed requests, the same in every run; they must not draw anything at random."""
