//! Model development: discrimination and calibration measures, with intervals.
