//! The `cashline` command: exported bank data in, scores, reasons and decisions out.

mod commands;
mod config;
mod exit;
mod logging;
mod load;
mod screen;

use std::process::ExitCode;

fn main() -> ExitCode {
    let matches = match commands::parser().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return exit::usage(&error),
    };
    logging::start(matches.get_flag("log-json"));
    match commands::dispatch(&matches) {
        Ok(code) => ExitCode::from(code),
        Err(error) => exit::report(&error),
    }
}
