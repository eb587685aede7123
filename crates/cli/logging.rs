//! Logs on stderr, off unless asked for: counts, durations and file names, never personal data.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts the subscriber; the level comes from `CASHLINE_LOG` (`info`, `debug`, …), default `error`.
pub(crate) fn start(json: bool) {
    let filter = EnvFilter::try_from_env("CASHLINE_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // A second call (tests) is harmless: the first subscriber stays.
    let _ = if json { registry.with(layer.json()).try_init() } else { registry.with(layer).try_init() };
}
