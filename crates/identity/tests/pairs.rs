//! Pairs of claims and owners whose verdict is known, because they were made to be matched, doubted, or refused. They were
//! written from what a reviewer would say, before the matcher was read; the matcher was then mended by half A alone.

#![expect(clippy::print_stdout, reason = "the table is the test's report")]

mod pairs {
    pub(crate) mod business;
    pub(crate) mod class;
    pub(crate) mod contact;
    pub(crate) mod dice;
    pub(crate) mod exam;
    pub(crate) mod other;
    pub(crate) mod person;
    pub(crate) mod place;
    pub(crate) mod pool;
    pub(crate) mod whole;
}

use pairs::dice::Half;
use pairs::exam;

#[test]
fn half_a_is_what_the_matcher_was_mended_by() {
    let outcomes = exam::sit(Half::A);
    println!("{}", exam::table(&outcomes));
    for outcome in &outcomes {
        for wrong in outcome.wrong.iter().take(4) {
            println!("{}: {wrong}", outcome.class);
        }
    }
    assert!(exam::leniency(&outcomes) < 0.1);
}
