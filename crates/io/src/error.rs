//! Why a run stops. A bad row stops nothing: it is a defect.

use std::path::PathBuf;

/// Why a run stopped: the message names the thing and the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused the file for reading: the input is unusable.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The system refused the file for writing: nothing is published.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The run is published, and the system refused to write that the state holds its night.
    #[error(
        "{}: cannot be written: the run is published, and the state has yet to take it up; leave the run where it is and run the \
         same again (the next night does it too)",
        path.display()
    )]
    Untaken {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The directory for temporary files does not take what the memory does not hold: nothing is published.
    #[error(
        "{}: what the memory does not hold is parked there, and it does not take it; free space there or name another \
         directory with --temp (with a larger --memory less is parked)",
        temp.display()
    )]
    Park {
        /// The directory.
        temp: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file as a whole is not usable; the message says what it is and the way out.
    #[error("{}: {message}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and the way out.
        message: String,
    },
    /// A configuration file (mapping, run) is wrong; the message names the line.
    #[error("{}: {message}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// What is wrong, and the way out.
        message: String,
    },
    /// The output directory cannot take this run; nothing was touched.
    #[error("{}: {message}", path.display())]
    Output {
        /// The directory.
        path: PathBuf,
        /// What stands there, and the way out.
        message: String,
    },
    /// An input changed while the run read it.
    #[error("{}: changed while it was read; run again when its writer has finished", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Neither the applications nor the run say as of when to score.
    #[error("no application says as of when to score, and the run gives no date; {}", way_out(*newest))]
    NoAsOf {
        /// The newest day in the data, in the run's zone.
        newest: Option<cashline_core::time::Day>,
    },
    /// No application of the input finds an account of the input.
    #[error("{message}")]
    NothingMeets {
        /// How many, the columns that did not meet, and the way out.
        message: String,
    },
    /// Another run holds the output directory.
    #[error("{}: another run is writing here; wait for it or choose another directory", path.display())]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// The run was interrupted by a signal.
    #[error("interrupted by signal {signal}; nothing was published")]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
}

/// T is exclusive: the first day that sees everything is the one after the newest.
fn way_out(newest: Option<cashline_core::time::Day>) -> String {
    match newest {
        Some(day) => format!("the newest transaction is of {day}: add --as-of {}", day.plus(1)),
        None => "add --as-of DATE (the data holds no transaction to take it from)".to_owned(),
    }
}

impl Error {
    /// The process's exit code for this error (see the README's table).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Read { .. }
            | Error::Unusable { .. }
            | Error::Configuration { .. }
            | Error::Output { .. }
            | Error::Changed { .. }
            | Error::NoAsOf { .. }
            | Error::NothingMeets { .. } => 2,
            Error::Write { .. } | Error::Untaken { .. } | Error::Park { .. } => 3,
            Error::Busy { .. } => 75,
            Error::Interrupted { signal } => u8::try_from(128 + signal).unwrap_or(3),
        }
    }
}
