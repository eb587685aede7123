//! The `cashline` command: exported bank data in, scores, reasons and decisions out.

mod commands;
mod config;
mod develop;
mod exit;
mod files;
mod identity;
mod load;
mod logging;
mod pools;
mod runs;
mod screen;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

fn main() -> ExitCode {
    let matches = match commands::parser().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return exit::usage(&error),
    };
    logging::start(matches.get_flag("log-json"));
    logging::quiet_panics();
    match catch_unwind(AssertUnwindSafe(|| commands::dispatch(&matches))) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) => exit::report(&error),
        Err(_) => exit::fault(),
    }
}
