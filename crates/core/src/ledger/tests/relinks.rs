//! Several links of one real account, joint accounts, and transfers between own accounts.

use super::{application, cut_for, day, history, ids, ledger_at};
use crate::{
    category::taxonomy::Taxonomy,
    history::{Doubt, HistoryBuilder},
    row::{AccountCategory, AccountRow, AccountStatus, AccountSubcategory, BalanceRow, TransactionRow},
};

const T: i64 = 100 * 86_400;

fn link(id: &'static str, holder: &'static str) -> AccountRow<'static> {
    AccountRow { institution_name: Some("First Bank"), last4: Some("0042"), ..AccountRow::checking(id, holder) }
}

/// Rows of a link: (day, amount), the text made of both so that equal rows of two links are equal in all three.
fn fill(rows: &mut HistoryBuilder, account: &str, content: &[(i64, i64)]) {
    for (n, (at, amount)) in content.iter().enumerate() {
        let (id, description) = (format!("{account}_{n}"), format!("SHOP {}", amount % 7));
        let row = TransactionRow::posted(&id, account, *amount, day(*at));
        rows.transaction(&TransactionRow { description: &description, ..row });
    }
}

#[test]
fn quirk_24_a_fresh_link_of_the_same_account_is_merged_and_its_rows_count_once() {
    let (history, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow { status: AccountStatus::Inactive, ..link("fca_1", "cus_1") });
        rows.account(&link("fca_2", "cus_1"));
        fill(rows, "fca_1", &[(50, 900), (60, -100), (61, -200), (62, -300)]);
        // The new link reaches back to day 60 and goes on to day 90.
        fill(rows, "fca_2", &[(60, -100), (61, -200), (62, -300), (90, 800)]);
        rows.balance(&BalanceRow::reported("fca_2", T, 5_000));
    });
    let account = &ledger.accounts[0];
    assert_eq!((ledger.accounts.len(), account.id.as_str()), (1, "fca_1"));
    assert_eq!(
        (&account.links[..], account.status),
        (&["fca_1".to_owned(), "fca_2".to_owned()][..], AccountStatus::Active)
    );
    assert_eq!(ids(&history, &ledger.rows), ["fca_1_0", "fca_1_1", "fca_1_2", "fca_1_3", "fca_2_3"]);
    assert_eq!((ledger.counts.relinked_rows, ledger.counts.relinked_accounts), (3, 1));
    // 5,000 - 800 = 4,200 before day 90; + 600 = 4,800 before the purchases; day 50 closes at 4,800.
    let closing = &account.balances.as_ref().expect("a snapshot").closing;
    assert_eq!((account.balance_current, closing[0], closing[49]), (Some(5_000), 4_800, 5_000));
    assert_eq!(closing[12], 4_200);
}

#[test]
fn quirk_24_two_equal_purchases_of_one_day_stay_two() {
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&link("fca_1", "cus_1"));
        rows.account(&link("fca_2", "cus_1"));
        // Eight of ten rows stand in both: enough to be one account.
        let both = [(50, 1), (51, 2), (52, 3), (53, 4), (54, 5), (55, 6)];
        fill(rows, "fca_1", &[&both[..], &[(60, -450), (60, -450), (61, -5), (62, -7)]].concat());
        fill(rows, "fca_2", &[&both[..], &[(60, -450), (61, -5), (61, -5), (62, -8)]].concat());
    });
    // Each content as often as the link that has it most: 2 × -450, 2 × -5; 12 of 20 rows remain.
    let amounts: Vec<i64> = ledger.rows.iter().skip(6).map(|row| row.amount).collect();
    assert_eq!((amounts, ledger.counts.relinked_rows), (vec![-450, -450, -5, -5, -7, -8], 8));
}

#[test]
fn quirk_24_what_is_not_proven_the_same_stays_apart() {
    let rows_a = [(60, -100), (61, -200), (62, -300), (63, -400), (64, -500)];
    let check = |other: AccountRow<'static>, theirs: &[(i64, i64)], accounts: usize| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&link("fca_1", "cus_1"));
            rows.account(&other);
            fill(rows, "fca_1", &rows_a);
            fill(rows, other.id, theirs);
        });
        assert_eq!(ledger.accounts.len(), accounts, "{other:?} {theirs:?}");
    };
    let same = link("fca_2", "cus_1");
    check(same.clone(), &rows_a, 1);
    check(AccountRow { last4: None, ..same.clone() }, &rows_a, 2);
    check(AccountRow { last4: Some("0043"), ..same.clone() }, &rows_a, 2);
    check(AccountRow { institution_name: Some("Second Bank"), ..same.clone() }, &rows_a, 2);
    check(AccountRow { subcategory: AccountSubcategory::Savings, ..same.clone() }, &rows_a, 2);
    // Four of five agree: enough. Three of five: two accounts that look alike.
    check(same.clone(), &[(60, -100), (61, -200), (62, -300), (63, -400), (64, -501)], 1);
    check(same.clone(), &[(60, -100), (61, -200), (62, -300), (63, -401), (64, -501)], 2);
    // No day in common and both alive: no evidence.
    check(same.clone(), &[(70, -100)], 2);
    check(same.clone(), &[], 2);
    // No day in common, but the older link is alive and the newer one broken: not a renewal.
    check(AccountRow { status: AccountStatus::Disconnected, ..same.clone() }, &[(70, -100)], 2);
    // The older link broke, the newer one follows: a renewal.
    check(AccountRow { status: AccountStatus::Disconnected, ..same.clone() }, &[(50, -100)], 1);
    check(AccountRow { status: AccountStatus::Inactive, ..same }, &[], 1);
}

/// Rows of a link whose texts `text` writes: (day, amount).
fn fill_as(rows: &mut HistoryBuilder, account: &str, content: &[(i64, i64)], text: impl Fn(usize) -> String) {
    for (n, (at, amount)) in content.iter().enumerate() {
        let (id, description) = (format!("{account}_{n}"), text(n));
        let row = TransactionRow::posted(&id, account, *amount, day(*at));
        rows.transaction(&TransactionRow { description: &description, ..row });
    }
}

#[test]
fn quirk_24_one_bank_spelt_two_ways_and_texts_whose_digits_or_case_differ_are_one_account() {
    let content = [(60, 90_000), (61, -200), (62, -300)];
    for name in ["First Bank", "FIRST BANK", "First Bank (OAuth)", "First  Bank (Card) "] {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&link("fca_1", "cus_1"));
            rows.account(&AccountRow { institution_name: Some(name), ..link("fca_2", "cus_1") });
            fill_as(rows, "fca_1", &content, |n| format!("Acme Corp Payroll {n}"));
            fill_as(rows, "fca_2", &content, |n| format!("ACME CORP PAYROLL 77{n}"));
        });
        assert_eq!((ledger.accounts.len(), ledger.rows.len()), (1, 3), "{name}");
    }
    // Three rows do not prove that another bank's account is this one.
    let (_, ledger) = ledger_at(T, |rows| {
        rows.account(&link("fca_1", "cus_1"));
        rows.account(&AccountRow { institution_name: Some("First Bank of Elsewhere"), ..link("fca_2", "cus_1") });
        fill(rows, "fca_1", &content);
        fill(rows, "fca_2", &content);
    });
    assert_eq!((ledger.accounts.len(), ledger.rows.len()), (2, 6));
}

#[test]
fn quirk_24_eight_rows_in_five_amounts_are_one_account_whatever_bank_and_rows_are_called() {
    // A row every day, the amounts in turn.
    let content =
        |rows: i64, amounts: i64| -> Vec<(i64, i64)> { (0..rows).map(|at| (60 + at, -100 - at % amounts)).collect() };
    let accounts = |content: &[(i64, i64)], other: AccountRow<'static>| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&link("fca_1", "cus_1"));
            rows.account(&other);
            fill_as(rows, "fca_1", content, |n| format!("SHOP {}", char::from(b'A' + u8::try_from(n).unwrap_or(0))));
            fill_as(rows, other.id, content, |_| "Card purchase".to_owned());
        });
        (ledger.accounts.len(), ledger.rows.len())
    };
    let same = link("fca_2", "cus_1");
    let other_name = AccountRow { institution_name: Some("Fintech via Sponsor Bank"), ..same.clone() };
    let no_name = AccountRow { institution_name: None, ..same.clone() };
    for other in [same.clone(), other_name, no_name] {
        assert_eq!(accounts(&content(8, 5), other.clone()), (1, 8));
        assert_eq!(accounts(&content(7, 5), other.clone()), (2, 14));
        assert_eq!(accounts(&content(8, 4), other), (2, 16));
    }
    assert_eq!(accounts(&content(8, 5), AccountRow { last4: Some("0043"), ..same.clone() }), (2, 16));
    assert_eq!(accounts(&content(8, 5), AccountRow { last4: None, ..same }), (2, 16));
}

#[test]
fn of_two_links_whose_texts_differ_the_one_that_says_more_is_labelled_whichever_id_is_smaller() {
    // Eight purchases in five amounts; one link calls them all by one word of the bank.
    let content: Vec<(i64, i64)> = (0..8).map(|at| (60 + at, -1_000 - at % 5)).collect();
    let rules = |named: &'static str, generic: &'static str| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&link(named, "cus_1"));
            rows.account(&link(generic, "cus_1"));
            fill_as(rows, named, &content, |_| "DRAFTKINGS".to_owned());
            fill_as(rows, generic, &content, |_| "Card Purchase".to_owned());
        });
        assert_eq!((ledger.accounts.len(), ledger.rows.len()), (1, 8));
        ledger.rows.iter().map(|row| row.label.purpose).collect::<Vec<_>>()
    };
    let gambling = Taxonomy::builtin().purpose("gambling").expect("shipped");
    assert_eq!(rules("fca_1", "fca_2"), [gambling; 8]);
    assert_eq!(rules("fca_2", "fca_1"), [gambling; 8]);
}

#[test]
fn many_accounts_whose_digits_are_masked_are_compared_bank_by_bank() {
    let ledger = |same_bank: bool| {
        ledger_at(T, |rows| {
            for at in 0..65 {
                let (id, bank) = (format!("fca_{at}"), format!("Bank {}", if same_bank { 0 } else { at }));
                rows.account(&AccountRow {
                    institution_name: Some(&bank),
                    last4: Some("0000"),
                    ..AccountRow::checking(&id, "cus_1")
                });
                fill(rows, &id, &[(60 + at % 30, -100 - at)]);
            }
        })
        .1
    };
    let (apart, together) = (ledger(false), ledger(true));
    assert_eq!((apart.accounts.len(), apart.doubts.contains(&Doubt::TooManyRows)), (65, false));
    assert!(together.doubts.contains(&Doubt::TooManyRows));
}

#[test]
fn quirk_25_a_joint_account_linked_by_both_holders_counts_once() {
    let pool = history(|rows| {
        rows.account(&link("fca_1", "cus_1"));
        rows.account(&link("fca_2", "cus_2"));
        fill(rows, "fca_1", &[(60, 1_000), (70, -300)]);
        fill(rows, "fca_2", &[(60, 1_000), (70, -300)]);
    });
    let both = cut_for(&pool, &application(&["cus_1", "cus_2"], T)).expect("visible");
    assert_eq!((both.accounts.len(), both.rows.len()), (1, 2));
    assert_eq!(both.accounts[0].holders, ["cus_1", "cus_2"]);
    let one = cut_for(&pool, &application(&["cus_2"], T)).expect("visible");
    assert_eq!((one.accounts[0].id.as_str(), one.counts.relinked_accounts), ("fca_2", 0));
}

#[test]
fn a_broken_link_of_another_holder_without_common_rows_is_not_merged() {
    let pool = history(|rows| {
        rows.account(&AccountRow { status: AccountStatus::Inactive, ..link("fca_1", "cus_1") });
        rows.account(&link("fca_2", "cus_2"));
        fill(rows, "fca_1", &[(60, 1_000)]);
        fill(rows, "fca_2", &[(70, 1_000)]);
    });
    let ledger = cut_for(&pool, &application(&["cus_1", "cus_2"], T)).expect("visible");
    assert_eq!(ledger.accounts.len(), 2);
}

#[test]
fn three_links_of_one_account_are_one_through_the_middle() {
    let (_, ledger) = ledger_at(T, |rows| {
        for id in ["fca_1", "fca_2", "fca_3"] {
            rows.account(&link(id, "cus_1"));
        }
        fill(rows, "fca_1", &[(10, 1), (20, 2)]);
        fill(rows, "fca_2", &[(20, 2), (30, 3)]);
        fill(rows, "fca_3", &[(30, 3), (40, 4)]);
    });
    assert_eq!((ledger.accounts.len(), ledger.rows.len(), ledger.counts.relinked_accounts), (1, 4, 2));
}

#[test]
fn quirk_26_a_transfer_between_own_accounts_is_internal_on_both_sides_and_a_card_that_is_paid_takes_no_income() {
    let (history, ledger) = ledger_at(T, |rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        let card = AccountRow::checking("fca_2", "cus_1");
        rows.account(&AccountRow { category: AccountCategory::Credit, ..card });
        rows.account(&AccountRow::checking("fca_3", "cus_1"));
        let rows_of = [
            ("to_savings", "fca_1", -50_000, 80, "TRANSFER TO SAV"),
            ("from_checking", "fca_3", 50_000, 82, "DEPOSIT"),
            ("pay_card", "fca_1", -12_345, 85, "FIRST BANK AUTOPAY"),
            ("card_paid", "fca_2", 12_345, 86, "PAYMENT THANK YOU"),
            ("groceries", "fca_1", -9_900, 87, "GROCER"),
        ];
        for (id, account, amount, at, description) in rows_of {
            let row = TransactionRow::posted(id, account, amount, day(at));
            rows.transaction(&TransactionRow { description, ..row });
        }
    });
    let internal: Vec<&str> = ledger
        .rows
        .iter()
        .chain(&ledger.other_rows)
        .filter(|row| row.internal)
        .map(|row| history.id(row.index))
        .collect();
    // What the card bought stands on the card, which no flow counts: paying for it is the outflow.
    assert_eq!(internal, ["to_savings", "from_checking", "card_paid"]);
}

#[test]
fn a_payment_to_a_person_or_a_cheque_is_not_paired_with_an_equal_amount_days_away() {
    let check = |out: &str, into: &str, gap: i64, internal: bool| {
        let (_, ledger) = ledger_at(T, |rows| {
            rows.account(&AccountRow::checking("fca_1", "cus_1"));
            rows.account(&AccountRow::checking("fca_2", "cus_1"));
            let out = TransactionRow { description: out, ..TransactionRow::posted("a", "fca_1", -4_000, day(80)) };
            let into =
                TransactionRow { description: into, ..TransactionRow::posted("b", "fca_2", 4_000, day(80 + gap)) };
            rows.transaction(&out);
            rows.transaction(&into);
        });
        assert!(ledger.rows.iter().all(|row| row.internal == internal), "{out:?}, {into:?}, {gap} days");
    };
    check("ONLINE TRANSFER TO CHK ...1002", "QZX 81", 3, true);
    // The label is surer than the word in the text.
    check("ZELLE TRANSFER TO JANE DOE", "QZX 81", 3, false);
    check("VENMO PAYMENT 1022334455", "REMOTE ONLINE DEPOSIT # 1", 3, false);
    // The same amount into another own account by the next day is still more likely one's own.
    check("ZELLE TRANSFER TO JANE DOE", "ZELLE FROM JANE DOE", 1, true);
    // A text without a sure label speaks for itself.
    check("QZX XFER 9", "QZX 81", 3, true);
}
