//! Foreign models into our model file.
