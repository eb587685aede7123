//! What a score is worth on outcomes it was not made with; folds, splits, champion against challenger.
