//! Binning: a column's cells into few ordered bins with weights of evidence.
