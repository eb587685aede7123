//! Which columns a model may take, and which it takes.
