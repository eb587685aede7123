//! Has the population moved since the model was made.
