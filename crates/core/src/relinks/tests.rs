use super::*;
use crate::{
    engine::Engine,
    history::HistoryBuilder,
    row::{AccountRow, AccountStatus, AccountSubcategory, BalanceRow, TransactionRow},
    time::Zone,
};

const DAY: i64 = 86_400;

fn link<'a>(id: &'a str, holder: &'a str) -> AccountRow<'a> {
    AccountRow { institution_name: Some("First Bank"), last4: Some("0042"), ..AccountRow::checking(id, holder) }
}

/// An account of these rows: (day, amount), the words made of the amount.
fn account(row: &AccountRow<'_>, rows: &[(i64, i64)]) -> Account {
    worded(row, rows, "shop")
}

fn worded(row: &AccountRow<'_>, rows: &[(i64, i64)], word: &str) -> Account {
    let engine = Engine::builtin().expect("shipped files agree");
    let mut builder = HistoryBuilder::new();
    builder.account(row);
    builder.balance(&BalanceRow::reported(row.id, 200 * DAY, 5_000));
    for (at, (day, amount)) in rows.iter().enumerate() {
        let id = format!("{}_{at}", row.id);
        let letter = char::from(b'a' + u8::try_from(amount.rem_euclid(26)).expect("small"));
        // The number differs from link to link, as trace numbers do.
        let text = format!("{word} {letter} #{}{at}", row.id);
        builder.transaction(&TransactionRow {
            description: &text,
            ..TransactionRow::posted(&id, row.id, *amount, day * DAY)
        });
    }
    let history = engine.history(&mut engine.session(), builder);
    accounts(&history, &engine.institutions().names, &Zone::utc()).remove(0)
}

/// `n` rows of different amounts, one a day from day `from`.
fn lived(from: i64, n: i64) -> Vec<(i64, i64)> {
    (from..from + n).map(|day| (day, -100 - day)).collect()
}

fn found(a: &Account, b: &Account) -> Option<(Relation, Verdict, Option<u32>)> {
    let one = judge(a, b);
    assert_eq!(one, judge(b, a), "the order of the two decides nothing");
    one.map(|twin| (twin.relation, twin.verdict, twin.score))
}

#[test]
fn the_rows_of_both_and_whose_they_are_say_what_two_accounts_are() {
    use Relation::{CopiedHistory, Relink, Shared};
    use Verdict::{Certain, Probable};
    let rows = lived(10, 40);
    let one = account(&link("fca_1", "cus_1"), &rows);
    let other = |row: AccountRow<'_>, rows: &[(i64, i64)]| found(&one, &account(&row, rows));
    let (own, theirs) = (link("fca_2", "cus_1"), link("fca_2", "cus_2"));
    assert_eq!(other(own.clone(), &rows), Some((Relink, Certain, Some(100))));
    assert_eq!(other(theirs.clone(), &rows), Some((Shared, Certain, Some(100))));
    // The last 20 days of the one are all that the other shows.
    assert_eq!(other(theirs.clone(), &rows[20..]), Some((Shared, Certain, Some(100))));
    // 32 of 40 agree: four fifths. 31 of 40 do not.
    let mixed = |same: usize| [rows[..same].to_vec(), (same as i64..40).map(|at| (10 + at, 7)).collect()].concat();
    assert_eq!(other(theirs.clone(), &mixed(32)), Some((Shared, Certain, Some(80))));
    assert_eq!(other(theirs.clone(), &mixed(31)), None);
    // Little that agrees: 4 rows of 4 amounts, 100 · 4/4 · 4/8 = 50.
    assert_eq!(other(theirs.clone(), &rows[..4]), Some((Shared, Probable, Some(50))));
    assert_eq!(other(theirs.clone(), &rows[..3]), None);
    assert_eq!(other(own.clone(), &rows[..1]), Some((Relink, Probable, Some(12))));
    // Digits unknown of one: probable; and 7 rows are too few then.
    assert_eq!(other(AccountRow { last4: None, ..theirs.clone() }, &rows), Some((Shared, Probable, Some(100))));
    assert_eq!(other(AccountRow { last4: None, ..theirs.clone() }, &rows[..7]), None);
    // Digits, bank or kind contradict: a copy.
    let elsewhere = AccountRow { institution_name: Some("Second Bank"), last4: Some("9999"), ..theirs.clone() };
    assert_eq!(other(elsewhere.clone(), &rows), Some((CopiedHistory, Certain, Some(100))));
    assert_eq!(
        other(AccountRow { last4: Some("0043"), ..own.clone() }, &rows),
        Some((CopiedHistory, Certain, Some(100)))
    );
    let savings = AccountRow { subcategory: AccountSubcategory::Savings, ..theirs.clone() };
    assert_eq!(other(savings, &rows), Some((CopiedHistory, Certain, Some(100))));
    assert_eq!(other(elsewhere.clone(), &rows[..11]), None);
    // Other words: the days and amounts alone.
    assert_eq!(found(&one, &worded(&elsewhere, &rows, "POS")), Some((CopiedHistory, Probable, Some(100))));
}

#[test]
fn neighbours_with_one_employer_and_one_landlord_are_two() {
    // Wages every 14 days and rent every 30: 13 and 6 rows in 180 days, two amounts, the same of both; nothing else is seen.
    let wages = (0..13).map(|at| (10 + 14 * at, 180_000));
    let rent: Vec<(i64, i64)> = wages.chain((0..6).map(|at| (12 + 30 * at, -120_000))).collect();
    let one = account(&link("fca_1", "cus_1"), &rent);
    let neighbour = AccountRow { last4: Some("7777"), ..link("fca_2", "cus_2") };
    assert_eq!(found(&one, &account(&neighbour, &rent)), None);
    // Even with the same digits by chance: 19 rows agree, and they are two amounts.
    assert_eq!(found(&one, &account(&link("fca_2", "cus_2"), &rent)), None);
    // They may still be looked at: three rows in a row agree.
    let prints = [one.print.clone(), account(&neighbour, &rent).print];
    assert_eq!(candidates(&prints).pairs, [(0, 1)]);
}

#[test]
fn a_link_that_broke_is_renewed_by_the_next_one_of_its_holder() {
    let broken = AccountRow { status: AccountStatus::Disconnected, ..link("fca_1", "cus_1") };
    let (old, new) = (lived(10, 20), lived(100, 20));
    let check = |one: &AccountRow<'_>, other: &AccountRow<'_>, rows: &[(i64, i64)], expected: Option<Verdict>| {
        let answer = found(&account(one, &old), &account(other, rows));
        assert_eq!(answer, expected.map(|verdict| (Relation::Relink, verdict, None)), "{other:?}");
    };
    check(&broken, &link("fca_2", "cus_1"), &new, Some(Verdict::Probable));
    check(&broken, &link("fca_2", "cus_1"), &[], Some(Verdict::Probable));
    check(&broken, &link("fca_2", "cus_2"), &new, None);
    check(&link("fca_1", "cus_1"), &link("fca_2", "cus_1"), &new, None);
    // The later one broke: no renewal.
    let later = AccountRow { status: AccountStatus::Inactive, ..link("fca_2", "cus_1") };
    check(&link("fca_1", "cus_1"), &later, &new, None);
}

#[test]
fn balances_of_the_same_second_are_counted() {
    let (one, other) = (account(&link("fca_1", "a"), &lived(10, 9)), account(&link("fca_2", "b"), &lived(10, 9)));
    let evidence = judge(&one, &other).expect("nine rows").evidence;
    assert_eq!((evidence.balances_compared, evidence.balances_equal), (1, 1));
    assert_eq!((evidence.rows_common, evidence.amounts_common, evidence.texts_common), (9, 9, 9));
}

#[test]
fn blocks_that_are_too_large_are_counted_and_passed_over() {
    let blank = account(&link("x", "y"), &[]).print;
    let of = |at: usize, marks: Vec<u64>, digits: String| Print {
        account: format!("fca_{at:03}"),
        holder: format!("cus_{at:03}"),
        last4: Some(digits),
        marks,
        ..blank.clone()
    };
    // One mark of all, one of two.
    let mut prints: Vec<Print> = (0..=MARK_BLOCK_MAX).map(|at| of(at, vec![7], format!("{at:04}"))).collect();
    prints[3].marks = vec![7, 9];
    prints[5].marks = vec![7, 9];
    let found = candidates(&prints);
    assert_eq!((found.pairs, found.marks_too_common, found.blocks_too_large), (vec![(3, 5)], 1, 0));
    // All with one bank and the same digits: a holder in common is no longer looked for.
    let mut prints: Vec<Print> = (0..=KEY_BLOCK_MAX).map(|at| of(at, vec![], "0042".to_owned())).collect();
    prints[1].holder = prints[0].holder.clone();
    assert_eq!(candidates(&prints[..2]).pairs, [(0, 1)]);
    let found = candidates(&prints);
    assert_eq!((found.pairs, found.blocks_too_large), (vec![], 1));
}

#[test]
fn histories_of_different_length_share_the_marks_of_what_both_show() {
    let whole = account(&link("fca_1", "a"), &lived(10, 170));
    let part = account(&link("fca_2", "b"), &lived(100, 60));
    assert!(part.print.marks.iter().any(|mark| whole.print.marks.contains(mark)));
    // Seven stretches of 28 days at most, two marks each.
    assert!(whole.print.marks.len() <= 14, "{}", whole.print.marks.len());
    assert!(account(&link("fca_3", "c"), &lived(10, 2)).print.marks.is_empty());
}
