//! From score to probability: Platt, isotonic.
