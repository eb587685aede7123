//! What changed between two runs, and which attributes did it.
