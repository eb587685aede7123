//! Logistic regression by iteratively reweighted least squares, with covariance and tests.
