//! Reasons: code, consumer text, reviewer text, C-1 cross-reference, family. Data with a schema.
