//! Streams, transfers, shortages and advances against lives whose every row is accounted for (`cashline_synth::lives`), at 180
//! and at 75 days of history. The lives were written apart from the detectors and know nothing of them.
//!
//! Each test prints its table: `cargo test --test integration streams -- --nocapture`.

mod judge;

use cashline_core::category::categoriser::Memo;
use cashline_synth::lives;

use judge::{Tally, judge, measured, print_found, print_notes, share};

// What is wanted (printed beside each result) and what the detectors reach and must not fall below (asserted). Where what
// is held is worse than what is wanted the goal is NOT met yet; LIMITATIONS.md says by how much. A floor may only rise.

/// Payroll streams found with the right cadence and the right next date: wanted, held.
const FOUND_180: (f64, f64) = (0.99, 0.995);
const FOUND_75: (f64, f64) = (0.95, 0.955);
/// Streams reported that are none, as a share of those reported: wanted, held.
const FALSE_PAYROLL: (f64, f64) = (0.01, 0.005);
const FALSE_INCOME: (f64, f64) = (0.01, 0.005);
const FALSE_OBLIGATIONS: (f64, f64) = (0.01, 0.005);
/// Own transfers: precision and recall, wanted and held.
const PRECISION: (f64, f64) = (0.995, 0.995);
const RECALL: (f64, f64) = (0.995, 0.995);
/// Rows that are wanted all and alone, and the share that is held in both directions: what is not 1 is not met.
const ROWS: [(&str, f64); 5] =
    [("fee", 1.0), ("fee reversal", 1.0), ("returned item", 1.0), ("advance", 0.999), ("repayment", 0.999)];

#[test]
fn payroll_streams_are_found_with_their_cadence_and_next_date() {
    let mut short = vec![];
    for (tally, days, (wanted, least)) in [(&measured()[0], 180, FOUND_180), (&measured()[1], 75, FOUND_75)] {
        print_found(&format!("{days} days, whole history"), &tally.settled);
        print_found(&format!("{days} days, begun within"), &tally.begun);
        eprintln!("payroll, planted and reported: {:?}", tally.confusion);
        eprintln!("ended and reported as stopped: {:?}", tally.ended);
        print_notes(tally, "payroll");
        let found = tally.payroll_found();
        eprintln!("{days} days: {found:?}, {:.4}, wanted {wanted}", share(found.next, found.planted));
        assert!(500 < found.planted);
        if share(found.next, found.planted) < least {
            short.push(format!("{days} days: {:.4} < {least}", share(found.next, found.planted)));
        }
    }
    assert!(short.is_empty(), "{short:?}");
}

#[test]
fn streams_that_are_reported_are_there() {
    let mut wrong = vec![];
    for (tally, days) in [(&measured()[0], 180), (&measured()[1], 75)] {
        eprintln!("{days} days: wrong by kind: {:?}", tally.wrong);
        print_notes(tally, "false");
        let all = [
            ("payroll", tally.payroll, FALSE_PAYROLL),
            ("income", tally.income, FALSE_INCOME),
            ("obligations", tally.obligations, FALSE_OBLIGATIONS),
        ];
        for (name, precision, (wanted, most)) in all {
            let share = share(precision.wrong, precision.reported);
            eprintln!("{days} days, {name}: {precision:?}, {share:.4}, wanted at most {wanted}");
            assert!(500 < precision.reported);
            if most < share {
                wrong.push(format!("{days} days, {name}: {share:.4} > {most}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn own_transfers_are_paired() {
    for (tally, days) in [(&measured()[0], 180), (&measured()[1], 75)] {
        let rows = tally.rows["transfer"];
        print_notes(tally, "transfer");
        let (precision, recall) = (share(rows.both, rows.reported), share(rows.both, rows.planted));
        eprintln!(
            "{days} days: {rows:?}, precision {precision:.4}, recall {recall:.4}, wanted {} and {}",
            PRECISION.0, RECALL.0
        );
        assert!(1_000 < rows.planted);
        assert!(PRECISION.1 <= precision && RECALL.1 <= recall);
    }
}

#[test]
fn rows_of_shortages_and_advances_are_recovered() {
    let mut wrong = vec![];
    for (tally, days) in [(&measured()[0], 180), (&measured()[1], 75)] {
        for (concern, held) in ROWS {
            let rows = tally.rows[concern];
            eprintln!("{days} days, {concern}: {rows:?}");
            print_notes(tally, concern);
            assert!(10 < rows.planted);
            if share(rows.both, rows.planted.max(rows.reported)) < held {
                wrong.push(format!("{days} days, {concern}: {rows:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn lives_made_by_hand_are_read_right() {
    let mut wrong = vec![];
    for (name, life) in lives::named() {
        let mut tally = Tally::default();
        judge(&life, 0, &mut Memo::default(), &mut tally);
        for ((kind, cadence), found) in &tally.settled {
            if found.next < found.planted && kind.is_income() {
                wrong.push(format!("{name}: {kind:?} {cadence:?} {found:?}"));
            }
        }
        wrong.extend(tally.wrong.keys().map(|key| format!("{name}: {key}")));
        for (concern, rows) in &tally.rows {
            if rows.both < rows.planted.max(rows.reported) {
                wrong.push(format!("{name}: {concern} {rows:?} {:?}", tally.notes.get(concern)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
