//! The layouts against each other, the fixtures and the corpora.
