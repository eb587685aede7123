//! Models: attributes to points. The file says everything that scoring depends on.
