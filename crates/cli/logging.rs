//! Logs on stderr, warnings unless more is asked for: counts, durations and file names, never personal data.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts the subscriber; the level comes from `CASHLINE_LOG` (`info`, `debug`, …), default `warn`.
pub(crate) fn start(json: bool) {
    let filter = EnvFilter::try_from_env("CASHLINE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // A second call (tests) is harmless: the first subscriber stays.
    let _ = if json { registry.with(layer.json()).try_init() } else { registry.with(layer).try_init() };
}

/// Replaces the report that Rust prints for a panic. Decoders of foreign files panic on damaged ones and are caught, an
/// application on which the engine fails becomes an answer; the text of a panic may hold a value of the input, so only the
/// place in the source is logged.
pub(crate) fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |at| format!("{}:{}", short(at.file()), at.line()));
        tracing::error!(place, "a fault was caught; its text is withheld");
    }));
}

/// A source file without the folders of the machine that built it: from the crate's own folder on.
fn short(file: &str) -> &str {
    let Some(src) = file.find("/src/") else { return file };
    let start = file[..src].rfind('/').map_or(0, |slash| slash + 1);
    // `…/src/index/parquet-60.1.0/src/x.rs` has two; the last is the crate's.
    match file[src + 1..].find("/src/") {
        Some(_) => short(&file[src + 1..]),
        None => &file[start..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_of_the_machine_is_logged() {
        assert_eq!(
            short("/home/ana/.cargo/registry/src/index-1/parquet-60.1.0/src/file/x.rs"),
            "parquet-60.1.0/src/file/x.rs"
        );
        assert_eq!(short("/home/ana/cashline/crates/io/src/run.rs"), "io/src/run.rs");
        assert_eq!(short("crates/cli/main.rs"), "crates/cli/main.rs");
    }
}
