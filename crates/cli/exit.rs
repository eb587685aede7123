//! Exit codes and the last words of a run that stops: causes one a line, never a value of the input.

use std::{io::Write as _, process::ExitCode};

/// Usage errors: clap's own text, exit code 2 (0 for `--help` and `--version`).
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe while help is printed is no failure of ours.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// Prints the chain of causes and chooses the code: the doors' own code, else 2 for what the user can mend.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "cashline: {error}");
    for cause in causes(error) {
        let _ = writeln!(out, "  because: {cause}");
    }
    let code = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<cashline_io::error::Error>())
        .map_or_else(|| if is_system(error) { 3 } else { 2 }, cashline_io::error::Error::exit_code);
    ExitCode::from(code)
}

/// What stands behind an error, each text once: some errors end with the words of their cause.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let mut before = error.to_string();
    let mut told = vec![];
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !before.ends_with(&cause) {
            told.push(cause.clone());
        }
        before = cause;
    }
    told
}

/// A panic that nothing caught: ours to mend, and never with its text, which may hold a value of the input.
pub(crate) fn fault() -> ExitCode {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(
        out,
        "cashline: an internal fault stopped the run; nothing was published. It is a defect of cashline:"
    );
    let _ = writeln!(out, "  report it with the line logged above (CASHLINE_LOG=error shows it)");
    ExitCode::from(3)
}

/// Whether the system refused something; who writes rows or JSON wraps what it said.
fn is_system(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<std::io::Error>()
            || cause.downcast_ref::<serde_json::Error>().is_some_and(serde_json::Error::is_io)
            || cause.downcast_ref::<csv::Error>().is_some_and(csv::Error::is_io_error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_whose_words_were_just_told_is_not_told_again() {
        let error = |texts: &[&'static str]| {
            let (root, above) = texts.split_last().expect("a cause");
            above.iter().rev().fold(anyhow::Error::msg(*root), |error, text| error.context(*text))
        };
        assert_eq!(causes(&error(&["m.toml", "model: line 1: no", "line 1: no"])), ["model: line 1: no"]);
        assert_eq!(causes(&error(&["m.toml: cannot be read", "no such file"])), ["no such file"]);
        assert_eq!(causes(&error(&["a", "b: c", "c", "d"])), ["b: c", "d"], "what is behind a repeated cause is told");
    }
}
