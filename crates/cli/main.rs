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
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let matches = match commands::parser().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return exit::usage(&error),
    };
    logging::start(matches.get_flag("log-json"));
    logging::quiet_panics();
    // What is left in the buffer is part of the answer: only when it is out is the run done.
    let run = || commands::dispatch(&matches).and_then(|code| Ok(screen::stdout().flush().map(|()| code)?));
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) => exit::report(&error),
        Err(_) => exit::fault(),
    }
}
