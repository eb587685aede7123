//! From bins and coefficients to a scorecard file, and the whole recipe from sample to card.
