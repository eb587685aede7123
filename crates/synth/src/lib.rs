//! Portfolios with planted truth, from a seed.
