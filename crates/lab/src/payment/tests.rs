//! A fit finds what was planted, keeps what it cannot learn, and answers the same whatever the order of rows.
#![expect(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;

#[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
fn unit(draw: &mut ChaCha8Rng) -> f64 {
    (draw.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Debits whose log odds of a return are -1 + 1.5 shortfall + 0.8 returned_items; one in twenty returns for the account.
fn planted(rows: usize) -> Vec<Debit> {
    let mut draw = ChaCha8Rng::seed_from_u64(5);
    let debit = |at: usize| {
        let mut inputs = Inputs::default();
        let (shortfall, items) = (unit(&mut draw) * 4.0 - 2.0, unit(&mut draw) * 2.0);
        inputs.put(Input::Shortfall, shortfall, -6.0, 6.0);
        inputs.put(Input::ReturnedItems, items, 0.0, 4.0);
        inputs.put(Input::AmountOverBalance, shortfall + unit(&mut draw) * 4.0, -5.0, 5.0);
        let short = unit(&mut draw) < logistic::probability(-1.0 + 1.5 * shortfall + 0.8 * items);
        let paid = match (unit(&mut draw) < 0.05, short) {
            (true, _) => Paid::Returned(Class::Account),
            (false, true) => Paid::Returned(Class::Insufficient),
            (false, false) => Paid::Cleared,
        };
        Debit { request_id: format!("req_{at}"), inputs, amount: 10_000, balance: 10_000, paid }
    };
    (0..rows).map(debit).collect()
}

#[test]
fn planted_coefficients_come_back_and_the_held_out_half_is_calibrated() {
    let given = PaymentModel::builtin().unwrap();
    let fitted = fit(&given, &planted(12_000)).unwrap();
    let report = &fitted.classes[0];
    let of = |name: &str| {
        let terms = fitted.model.terms(Class::Insufficient);
        terms.iter().find(|(_, term)| term.input == name).map(|(_, term)| term.coefficient)
    };
    // Standard errors near 0.05.
    assert!((of("shortfall").unwrap() - 1.5).abs() < 0.2, "{report:?}");
    assert!((of("returned_items").unwrap() - 0.8).abs() < 0.2, "{report:?}");
    let slope = report.fit.unwrap().slope.unwrap();
    assert!((0.9..1.1).contains(&slope.value), "{slope:?}");
    // Debits that returned for the account tell nothing of money.
    let account = &fitted.classes[1];
    let (all, of_money) = (account.fitted_on.0 + account.held_out.0, report.fitted_on.0 + report.held_out.0);
    assert_eq!((all, all - of_money), (12_000, account.fitted_on.1 + account.held_out.1));
    // Inputs that no debit has vary in nothing: missing ones stand at 0, which is neutral for one and not for the other.
    assert!(report.kept.iter().any(|one| one == "negative_share"));
    assert!(report.left_out.iter().any(|one| one.input == "elsewhere" && one.why.contains("same in every")));
}

#[test]
fn a_fit_keeps_the_guards_that_no_measured_debit_can_teach_and_a_second_fit_says_so_once() {
    let given = PaymentModel::builtin().unwrap();
    let debits = planted(4_000);
    let fitted = fit(&given, &debits).unwrap();
    let report = &fitted.classes[1];
    assert!(report.fitted);
    let guards = ["not_transaction_account", "no_ach_debit", "number_over"];
    for guard in guards {
        let of =
            |model: &PaymentModel| model.terms(Class::Account).iter().find(|(_, term)| term.input == guard).cloned();
        let (before, after) = (of(&given).unwrap().1, of(&fitted.model).unwrap().1);
        assert_eq!(before.coefficient, after.coefficient, "{guard}");
        assert!(report.kept.iter().any(|kept| kept == guard) && report.left_out.iter().all(|one| one.input != guard));
        let again = of(&fit(&fitted.model, &debits).unwrap().model).unwrap().1;
        assert_eq!(after.rationale, again.rationale);
    }
    // One in twenty returns for the account, log odds -2.944 (bc): a card adds 8. 1 / (1 + exp(-5.056)) = 0.9937.
    let mut card = Inputs::default();
    card.put(Input::NotTransactionAccount, 1.0, 0.0, 1.0);
    assert!((fitted.model.probability(Class::Account, &card) - 0.993_7).abs() < 0.002);
}

#[test]
fn a_kept_input_whose_neutral_value_is_not_0_leaves_the_fitted_odds_as_they_were() {
    let mut file = PaymentModel::builtin().unwrap().file().clone();
    let guard = file.account.inputs.iter_mut().find(|term| term.input == "unauthorised_returns").unwrap();
    (guard.neutral, guard.missing, guard.coefficient) = (1.0, 1.0, 4.0);
    let (given, debits) = (PaymentModel::check(file).unwrap(), planted(4_000));
    let fitted = fit(&given, &debits).unwrap();
    assert!(fitted.classes[1].kept.iter().any(|kept| kept == "unauthorised_returns"));
    let (debits_of, returns) = fitted.classes[1].fitted_on;
    let share = real(returns) / real(debits_of);
    assert!((fitted.model.probability(Class::Account, &debits[0].inputs) - share).abs() < 1e-6);
}

#[test]
fn the_order_of_debits_changes_nothing_and_an_id_may_stand_once() {
    let given = PaymentModel::builtin().unwrap();
    let mut debits = planted(2_000);
    let one = fit(&given, &debits).unwrap();
    debits.reverse();
    let other = fit(&given, &debits).unwrap();
    assert_eq!(one.model.to_toml(), other.model.to_toml());
    assert_eq!(one.classes, other.classes);
    debits.push(debits[0].clone());
    assert_eq!(fit(&given, &debits), Err(PaymentFitError::SameRequest));
}

#[test]
fn too_few_returns_leave_a_logistic_as_it_was() {
    let given = PaymentModel::builtin().unwrap();
    let fitted = fit(&given, &planted(60)).unwrap();
    assert!(!fitted.classes[1].fitted, "{:?}", fitted.classes[1]);
    assert_eq!(fitted.model.logistic(Class::Account), given.logistic(Class::Account));
}

#[test]
fn the_halves_go_by_the_last_digit_of_the_sha_256_of_the_request() {
    // `printf req_0 | sha256sum` ends in 8, of req_3, req_4 and req_5 in 4, f and b.
    assert_eq!(["req_0", "req_3", "req_4", "req_5"].map(is_held_out), [false, false, true, true]);
    let held = (0..1_000).filter(|at| is_held_out(&format!("req_{at}"))).count();
    assert!((440..560).contains(&held), "{held}");
}
