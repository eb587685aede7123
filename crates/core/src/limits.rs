//! Every limit of the engine, by name. A limit that is reached is a defect, a status or an error, never a silent cut.

/// Largest magnitude of one amount or balance, in minor units (ten trillion units of a two-digit currency).
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;
/// First second that a time may have: zero stands for "unset" in several exports.
pub const SECONDS_MIN: i64 = 1;
/// First second that is out of range: 2100-01-01T00:00:00Z.
pub const SECONDS_END: i64 = 4_102_444_800;
/// Above this a time is in milliseconds, which the doors refuse with a hint.
pub const SECONDS_HINT_MILLIS: i64 = 100_000_000_000;
/// Longest identifier in bytes.
pub const ID_BYTES_MAX: usize = 255;
/// Longest description in bytes (Stripe: 5000 characters of at most four bytes).
pub const DESCRIPTION_BYTES_MAX: usize = 20_000;
/// Rows of one application that are held at a time; above it the application gets a status.
pub const ROWS_PER_APPLICATION_MAX: usize = 2_000_000;
/// Accounts of one application.
pub const ACCOUNTS_PER_APPLICATION_MAX: usize = 4_096;
/// Longest term of a loan in months (a hundred years).
pub const TERM_MONTHS_MAX: u32 = 1_200;
/// Applicants of one application.
pub const APPLICANTS_PER_APPLICATION_MAX: usize = 16;
/// Purposes, instruments and roles that a taxonomy may name.
pub const TAXONOMY_NAMES_MAX: usize = 255;
/// Filters on amount, weekday or text: one bit each.
pub const ROW_FILTERS_MAX: usize = 64;
/// Days of history that the engine looks at, counted back from T (ten years).
pub const HISTORY_DAYS_MAX: i32 = 3_660;
/// Longest quiet spell that may lie before the first row that is shown: two weeks, the time between two pay days.
pub const QUIET_DAYS_MAX: i32 = 14;
/// Fewest active days from which a quiet spell is judged.
pub const QUIET_ACTIVE_DAYS_MIN: usize = 6;
/// Reasons listed on each side of zero.
pub const REASONS_MAX: usize = 4;
/// Evidence ids listed for a reason.
pub const EVIDENCE_IDS_MAX: usize = 20;
/// Models that score beside the one that decides.
pub const CHALLENGERS_MAX: usize = 16;
/// Threads of a run: beyond the cores of any machine they only cost.
pub const THREADS_MAX: usize = 1_024;
/// Texts of a bundle.
pub const BUNDLE_TEXTS_MAX: usize = 1_024;
/// Bytes of a bundle, and of a model, policy, rules, reasons or attributes file.
pub const CONFIG_BYTES_MAX: u64 = 64 * 1024 * 1024;

// A full application of extreme rows cannot overflow the wide accumulators.
const _: () = assert!((AMOUNT_MAX as i128) * (ROWS_PER_APPLICATION_MAX as i128) < i128::MAX / 4);
// The row filters fit their word.
const _: () = assert!(ROW_FILTERS_MAX <= 64);
