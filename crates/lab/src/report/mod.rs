//! One HTML file, offline.
