//! Accounts as one picture: joint, primary, and those that are not linked.

use super::tests::{check, int, real, sample};
use crate::{
    ledger::{Scope, TransactionAccess},
    value::Missing,
};

#[test]
fn joint_accounts_are_those_that_several_holders_linked() {
    let mut sample = sample(100);
    let none = [("joint_account_count", int(0)), ("joint_income_share_90d", Err(Missing::ZeroDenominator))];
    check(&sample, &none);
    sample.account(Scope::Deposit).holders = vec!["a".to_owned(), "b".to_owned()];
    sample.account(Scope::Credit).holders = vec!["a".to_owned(), "b".to_owned()];
    sample.ledger.accounts[0].holders = vec!["a".to_owned()];
    sample.rows("income_salary", &[(10, 300), (95, 700)]);
    check(&sample, &[("joint_account_count", int(2)), ("joint_income_share_90d", real(0.0))]);
    // A pension of 100 on the joint account, on the last day: 100 of 400. The spending on it is no income.
    sample.row(0, 100, "income_pension").account = 1;
    sample.row(0, -50, "groceries").account = 1;
    check(&sample, &[("joint_income_share_90d", real(0.25))]);
    let short = super::tests::sample(80);
    check(&short, &[("joint_income_share_90d", Err(Missing::NotEnoughHistory)), ("joint_account_count", int(0))]);
}

#[test]
fn the_primary_account_is_the_one_through_which_most_goes() {
    let mut sample = sample(100);
    sample.account(Scope::Deposit);
    check(&sample, &[("primary_account_confidence", Err(Missing::ZeroDenominator))]);
    sample.rows("income_salary", &[(10, 300)]);
    check(&sample, &[("primary_account_confidence", Err(Missing::ZeroDenominator))]);
    sample.rows("groceries", &[(0, -80)]);
    check(&sample, &[("primary_account_confidence", real(1.0))]);
    sample.row(5, 100, "income_gig").account = 1;
    sample.row(5, -20, "fuel").account = 1;
    sample.row(5, -100, "rent").account = 1;
    // Account 0: 2 of 5 rows, 300 of 400 in, 80 of 200 out: (0.4 + 0.75 + 0.4) / 3; account 1: (0.6 + 0.25 + 0.6) / 3.
    check(&sample, &[("primary_account_confidence", real(1.55 / 3.0))]);
    // Internal rows and rows of more than 90 days ago say nothing.
    sample.row(5, -900, "transfer_internal").internal = true;
    sample.row(95, -900, "rent").account = 1;
    check(&sample, &[("primary_account_confidence", real(1.55 / 3.0))]);
    check(&super::tests::sample(80), &[("primary_account_confidence", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn transfers_that_no_linked_account_answers_betray_accounts() {
    let mut sample = sample(100);
    check(&sample, &[("undisclosed_account_evidence_90d", int(0))]);
    sample.row(80, -100, "transfer_internal").label.counterparty = 1;
    sample.row(50, 100, "transfer_internal").label.counterparty = 1;
    sample.row(0, -100, "transfer_savings").label.counterparty = 2;
    // Of another person, paired, and too old.
    sample.row(5, -100, "transfer_p2p").label.counterparty = 3;
    sample.row(5, -100, "transfer_internal").internal = true;
    sample.row(95, -100, "transfer_savings").label.counterparty = 4;
    check(&sample, &[("undisclosed_account_evidence_90d", int(2))]);
    check(&super::tests::sample(80), &[("undisclosed_account_evidence_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn cards_that_are_paid_and_not_linked_are_counted_by_issuer() {
    let mut sample = sample(100);
    check(&sample, &[("undisclosed_card_evidence_90d", int(0))]);
    sample.row(80, -100, "credit_card_payment").label.counterparty = 1;
    sample.row(50, -100, "credit_card_payment").label.counterparty = 1;
    sample.row(0, -100, "credit_card_payment").label.counterparty = 2;
    sample.row(5, -100, "credit_card_payment").internal = true;
    check(&sample, &[("undisclosed_card_evidence_90d", int(2))]);
    // A linked card with its transactions would have been paired; one without may be any of them.
    sample.account(Scope::Credit);
    check(&sample, &[("undisclosed_card_evidence_90d", int(2))]);
    for want in [1, 0, 0] {
        sample.account(Scope::Credit).access = TransactionAccess::NotPermitted;
        check(&sample, &[("undisclosed_card_evidence_90d", int(want))]);
    }
    check(&super::tests::sample(80), &[("undisclosed_card_evidence_90d", Err(Missing::NotEnoughHistory))]);
}

#[test]
fn money_market_accounts_are_no_kind_of_the_export() {
    check(&sample(100), &[("account_count_money_market", Err(Missing::NotApplicable))]);
}
