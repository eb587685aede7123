use super::*;

fn leg(account: u16, day: i32, amount: i64, hint: Hint) -> Leg {
    Leg { account, day: Day(day), amount, is_card: false, hint, purpose: Purpose(0), index: 0 }
}

fn check(legs: &[Leg], expected: &[(usize, usize)]) {
    assert_eq!(pair(legs, |_| "SHOP"), expected, "{legs:?}");
}

#[test]
fn opposite_amounts_of_two_accounts_within_four_days_are_a_pair() {
    use Hint::{Neutral, Transfer};
    check(&[leg(0, 10, -500, Transfer), leg(1, 14, 500, Neutral)], &[(0, 1)]);
    check(&[leg(0, 14, -500, Neutral), leg(1, 10, 500, Transfer)], &[(0, 1)]);
    check(&[leg(0, 10, -500, Transfer), leg(1, 15, 500, Transfer)], &[]);
    check(&[leg(0, 10, -500, Transfer), leg(1, 11, 501, Transfer)], &[]);
    check(&[leg(0, 10, -500, Transfer), leg(0, 11, 500, Transfer)], &[]);
    check(&[leg(0, 10, -500, Transfer), leg(1, 10, -500, Transfer)], &[]);
}

#[test]
fn a_label_that_says_otherwise_forbids_and_silence_needs_the_next_day() {
    use Hint::{CardPayment, Contradicts, Neutral, Transfer};
    check(&[leg(0, 10, -500, Contradicts), leg(1, 10, 500, Transfer)], &[]);
    check(&[leg(0, 10, -500, Transfer), leg(1, 10, 500, Contradicts)], &[]);
    check(&[leg(0, 10, -500, Neutral), leg(1, 11, 500, Neutral)], &[(0, 1)]);
    check(&[leg(0, 10, -500, Neutral), leg(1, 12, 500, Neutral)], &[]);
    // Paying a card contradicts between deposit accounts, and is a transfer when the card is the applicant's own.
    check(&[leg(0, 10, -500, CardPayment), leg(1, 10, 500, Transfer)], &[]);
    check(&[leg(0, 10, -500, CardPayment), Leg { is_card: true, ..leg(1, 13, 500, Neutral) }], &[(0, 1)]);
}

#[test]
fn the_text_speaks_where_the_label_does_not() {
    let legs = [leg(0, 10, -500, Hint::Neutral), Leg { index: 1, ..leg(1, 13, 500, Hint::Neutral) }];
    let texts = ["BRANCH 12", "Online Xfer from ...42"];
    assert_eq!(pair(&legs, |index| texts[index as usize]), [(0, 1)]);
}

#[test]
fn money_out_of_a_card_is_borrowed_and_never_internal() {
    let card = Leg { is_card: true, ..leg(0, 10, -500, Hint::Transfer) };
    check(&[card, leg(1, 10, 500, Hint::Transfer)], &[]);
}

#[test]
fn the_nearest_day_wins_over_the_first_in_order() {
    use Hint::Transfer;
    // Out on day 10; in on days 7 and 11: the gap of 1 wins. A second out on day 8 then takes day 7.
    let legs =
        [leg(0, 8, -500, Transfer), leg(0, 10, -500, Transfer), leg(1, 7, 500, Transfer), leg(1, 11, 500, Transfer)];
    check(&legs, &[(0, 2), (1, 3)]);
    // Equal gaps: the inflow after its outflow.
    let legs = [leg(0, 10, -500, Transfer), leg(1, 9, 500, Transfer), leg(1, 11, 500, Transfer)];
    check(&legs, &[(0, 2)]);
    // One inflow, two outflows of the same day: the first.
    let legs = [leg(0, 10, -500, Transfer), leg(2, 10, -500, Transfer), leg(1, 10, 500, Transfer)];
    check(&legs, &[(0, 2)]);
}

#[test]
fn partners_are_exchanged_where_a_transfer_would_be_left_alone() {
    use Hint::{Neutral, Transfer};
    // The same sum on days 10 and 13, each four days under way. The second outflow is nearest to the first inflow; then the
    // first outflow and the second inflow, seven days apart, would be no pair.
    let legs =
        [leg(0, 10, -500, Transfer), leg(0, 13, -500, Transfer), leg(1, 14, 500, Transfer), leg(1, 17, 500, Transfer)];
    check(&legs, &[(0, 2), (1, 3)]);
    // What does not say transfer takes no part in it.
    let legs = [legs[0], legs[1], legs[2], Leg { hint: Neutral, ..legs[3] }];
    check(&legs, &[(1, 2)]);
}

#[test]
fn a_chain_through_a_third_account_pairs_leg_by_leg() {
    use Hint::Transfer;
    let legs =
        [leg(0, 10, -500, Transfer), leg(1, 10, 500, Transfer), leg(1, 12, -500, Transfer), leg(2, 12, 500, Transfer)];
    check(&legs, &[(0, 1), (2, 3)]);
}

#[test]
fn a_hundred_thousand_equal_rows_of_one_day_are_paired_in_linear_time() {
    // Two accounts, 50,000 outs and 50,000 ins; quadratic work would be 2.5 billion comparisons.
    let mut legs: Vec<Leg> = vec![leg(0, 10, -500, Hint::Transfer); 50_000];
    legs.extend(vec![leg(1, 10, 500, Hint::Transfer); 50_000]);
    let pairs = pair(&legs, |_| "");
    assert_eq!((pairs.len(), pairs[49_999]), (50_000, (49_999, 99_999)));
}

#[test]
fn money_to_a_person_and_a_cheque_paid_in_are_two_affairs() {
    let out = Leg { purpose: Purpose(1), ..leg(0, 10, -5_000, Hint::Mute) };
    let same = Leg { purpose: Purpose(1), ..leg(1, 10, 5_000, Hint::Mute) };
    let other = Leg { purpose: Purpose(2), ..same };
    assert_eq!(pair(&[out, same], |_| ""), [(0, 1)]);
    assert_eq!(pair(&[out, other], |_| ""), []);
}
