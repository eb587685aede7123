//! Deliveries whose rows are good one by one and cannot be what happened: signs turned or left out, rows under two ids.

use super::{application, cut_for, history};
use crate::{
    category::taxonomy::Taxonomy,
    correction::CorrectionsBuilder,
    history::{Doubt, HistoryBuilder},
    ledger::{Ledger, delivery::doubt_signs},
    row::{AccountCategory, AccountRow, AccountSubcategory, CorrectionRow, TransactionRow},
    time::Zone,
};

const T: i64 = 100 * 86_400;

/// Shops of a life, as banks print them; each is a counterparty of its own.
const SHOPS: [&str; 12] = [
    "CHECKCARD 0312 KROGER #455 AUSTIN TX",
    "POS DEBIT TACO BELL #1275 SALEM OR",
    "WALGREENS 3165 TULSA OK 08/24",
    "PURCHASE AUTHORIZED ON 05/08 TARGET AUSTIN TX",
    "NETFLIX.COM",
    "SQ *RIVERBEND STUDIO",
    "STARBUCKS STORE 6026 TULSA OK",
    "SAFEWAY #0121",
    "CHEVRON 0093",
    "DUNKIN #3344",
    "PANERA BREAD 9206",
    "COSTCO WHSE #0013",
];

/// An account, days before T, minor units, text.
type Line<'a> = (&'a str, i64, i64, &'a str);

fn push(rows: &mut HistoryBuilder, lines: &[Line<'_>]) {
    for (number, (account, days, amount, text)) in lines.iter().enumerate() {
        let id = format!("t{number:04}");
        let row = TransactionRow::posted(&id, account, *amount, T - days * 86_400);
        rows.transaction(&TransactionRow { description: text, ..row });
    }
}

/// The ledger of `cus_1`, with a checking account `fca_1` and a credit card `fca_2`, as of T.
fn ledger(fill: impl FnOnce(&mut HistoryBuilder)) -> Ledger {
    let history = history(|rows| {
        rows.account(&AccountRow::checking("fca_1", "cus_1"));
        rows.account(&AccountRow {
            category: AccountCategory::Credit,
            subcategory: AccountSubcategory::CreditCard,
            ..AccountRow::checking("fca_2", "cus_1")
        });
        fill(rows);
    });
    let mut ledger = cut_for(&history, &application(&["cus_1"], T)).expect("something is visible");
    doubt_signs(&mut ledger, &Taxonomy::builtin());
    ledger
}

fn doubts(lines: &[Line<'_>]) -> Vec<Doubt> {
    ledger(|rows| push(rows, lines)).doubts
}

/// Two purchases in each of some shops, and what `sign` makes of their amounts.
fn bought(account: &'static str, shops: &[&'static str], sign: i64) -> Vec<Line<'static>> {
    let row = |(at, shop): (usize, &&'static str)| (account, 1 + at as i64, sign * (1_900 + 17 * at as i64), *shop);
    shops.iter().chain(shops).enumerate().map(row).collect()
}

#[test]
fn purchases_that_come_in_put_their_account_in_doubt() {
    assert_eq!(doubts(&bought("fca_1", &SHOPS, -1)), []);
    assert_eq!(doubts(&bought("fca_1", &SHOPS, 1)), [Doubt::SignImplausible]);
    // Turned: wages go out. Left out: nothing does.
    for wages in [-90_000, 90_000] {
        let lines: Vec<Line<'_>> =
            [("fca_1", 3, wages, "ACME CORP PAYROLL PPD")].into_iter().chain(bought("fca_1", &SHOPS, 1)).collect();
        assert_eq!(doubts(&lines), [Doubt::SignImplausible]);
    }
}

#[test]
fn of_two_sources_the_one_whose_signs_are_turned_gives_cause() {
    for (turned, right) in [("fca_1", "fca_2"), ("fca_2", "fca_1")] {
        let lines: Vec<Line<'_>> = bought(turned, &SHOPS, 1).into_iter().chain(bought(right, &SHOPS, -1)).collect();
        let ledger = ledger(|rows| push(rows, &lines));
        assert_eq!(
            (ledger.doubts.as_slice(), ledger.counts.sign_implausible_accounts),
            (&[Doubt::SignImplausible][..], 1)
        );
        for account in &ledger.accounts {
            assert_eq!(account.doubts.is_empty(), account.id == right, "{}", account.id);
        }
    }
}

#[test]
fn ten_refunds_of_six_shops_and_no_more_shops_that_were_paid_are_the_least_that_tells() {
    // Each of the first so many shops gives back once, the first some more times; others are paid.
    let check = |refunds: usize, giving: usize, taking: usize, expected: &[Doubt]| {
        let back =
            (0..refunds).map(|at| ("fca_1", 1 + at as i64, 2_000 + at as i64, SHOPS[if at < giving { at } else { 0 }]));
        let paid = (0..taking).map(|at| ("fca_1", 40 + at as i64, -3_000, SHOPS[11 - at]));
        let lines: Vec<Line<'_>> = back.chain(paid).collect();
        assert_eq!(doubts(&lines), expected, "{refunds} {giving} {taking}");
    };
    check(10, 6, 6, &[Doubt::SignImplausible]);
    check(9, 6, 6, &[]);
    check(10, 5, 0, &[]);
    check(10, 6, 7, &[]);
}

#[test]
fn lives_with_much_money_in_by_card_are_in_no_doubt() {
    let each = |days: i64, texts: &[&'static str]| -> Vec<Line<'static>> {
        let row = |(at, text): (i64, &&'static str)| ("fca_1", 1 + at % 90, 3_100 + 7 * at, *text);
        (0..days).zip(texts.iter().cycle()).map(row).collect()
    };
    // A merchant whose cards settle daily, in the words of many processors, and who buys little by card.
    let settled =
        ["SQUARE INC SQ250312 PPD", "MERCHANT BANKCARD DEPOSIT", "SQ *MY SHOP 0412", "VISA MC SETTLEMENT", "TOAST DEP"];
    // Paid to the card, day by day.
    let gig = ["UBER VISA DIRECT CA", "DOORDASH INSTANT TRANSFER VISA DIRECT", "LYFT DRIVERPAY VISA DIRECT"];
    // Cash back of five programmes.
    let cash_back = ["RAKUTEN CASH BACK", "IBOTTA", "CASH REWARD", "FETCH REWARDS", "UPSIDE CASH BACK"];
    // Chains that pay whoever supplies them.
    let supplied = [
        "KROGER CO EDI PYMNTS CCD",
        "WALMART INC VENDOR PMT",
        "SAFEWAY ACH CREDIT",
        "STARBUCKS CORP ACH CREDIT",
        "TARGET CORP ACH CREDIT",
        "WALGREENS CO ACH CREDIT",
        "COSTCO ACH CREDIT",
        "CHEVRON ACH CREDIT",
    ];
    for texts in [&settled[..], &gig, &cash_back, &supplied] {
        assert_eq!(doubts(&each(80, texts)), [], "{}", texts[0]);
    }
    // Who sends half of it back: 24 refunds of the same 12 shops, under texts of purchases, and a thirteenth shop.
    let mut sent_back: Vec<Line<'_>> =
        bought("fca_1", &SHOPS, 1).into_iter().chain(bought("fca_1", &SHOPS, -1)).collect();
    sent_back.push(("fca_1", 2, -1_000, "WENDYS #221"));
    assert_eq!(doubts(&sent_back), []);
    // Who tries on at home: twelve of ninety purchases in six shops come back.
    let six = || SHOPS[..6].iter().cycle();
    let clothes = (0..90_i64).zip(six()).map(|(at, shop)| ("fca_1", 1 + at, -4_000 - at, *shop));
    let returned = (0..12_i64).zip(six()).map(|(at, shop)| ("fca_1", 1 + 7 * at, 4_000 + at, *shop));
    assert_eq!(doubts(&clothes.chain(returned).collect::<Vec<_>>()), []);
    // An inn that eight portals pay, and that pays its own bills from there.
    let mut inn =
        each(60, &["EXPEDIA", "BOOKING.COM", "VRBO", "AGODA", "HOTELS.COM", "PRICELINE", "AIRBNB", "TRIP.COM"]);
    inn.extend((0..3).map(|at| ("fca_1", 3 + 30 * at, -9_000, "COMCAST CABLE COMM")));
    assert_eq!(doubts(&inn), []);
    // Payments of a card's bill.
    let mut card = bought("fca_2", &SHOPS, -1);
    card.extend((0..12).map(|at| ("fca_2", 1 + 7 * at, 20_000, "PAYMENT THANK YOU")));
    assert_eq!(doubts(&card), []);
}

#[test]
fn rows_under_two_ids_put_their_account_in_doubt() {
    // Five rows each day, of 25 days, and as many again.
    let once: Vec<Line<'_>> =
        (0..125).zip(SHOPS[..5].iter().cycle()).map(|(at, shop)| ("fca_1", 1 + at / 5, -1_000 - at, *shop)).collect();
    assert_eq!(doubts(&once), []);
    let twice: Vec<Line<'_>> = once.iter().chain(&once).copied().collect();
    let told = ledger(|rows| push(rows, &twice));
    assert_eq!((told.doubts.as_slice(), told.counts.rows_twice_accounts), (&[Doubt::RowsTwice][..], 1));
    // An exact repeat under its own id is counted once, as ever.
    let repeated = ledger(|rows| {
        push(rows, &once);
        push(rows, &once);
    });
    assert_eq!((repeated.doubts.len(), repeated.counts.duplicate_rows), (0, 125));
    // What was delivered twice may have another row between, and be in another order on each day.
    let backwards: Vec<Line<'_>> = once.iter().chain(once.iter().rev()).copied().collect();
    assert_eq!(doubts(&backwards), [Doubt::RowsTwice]);
    let thrice: Vec<Line<'_>> = twice.iter().chain(&once).copied().collect();
    assert_eq!(doubts(&thrice), [Doubt::RowsTwice]);
}

#[test]
fn fifty_rows_four_fifths_of_which_have_a_twin_in_five_amounts_are_the_least_that_tells() {
    // So many pairs of twins, in so many amounts, and rows that stand alone.
    let check = |pairs: i64, amounts: i64, alone: i64, expected: &[Doubt]| {
        let pair = |at: i64| ("fca_1", 1 + at, -1_000 - at % amounts, "FARE");
        let single = |at: i64| ("fca_1", 1 + at, -5_000 - at, "KROGER #455");
        let lines: Vec<Line<'_>> = (0..pairs).chain(0..pairs).map(pair).chain((0..alone).map(single)).collect();
        assert_eq!(doubts(&lines), expected, "{pairs} {amounts} {alone}");
    };
    // 20 pairs are 40 rows of 50.
    check(20, 5, 10, &[Doubt::RowsTwice]);
    check(20, 5, 11, &[]);
    check(24, 5, 1, &[]);
    check(25, 7, 0, &[Doubt::RowsTwice]);
    // A fourth as many amounts as twins: what twenty children pay each week in five steps is no delivery twice.
    check(25, 6, 0, &[]);
    // A fare there and one back on each day, which is all that a card is used for.
    check(60, 1, 0, &[]);
    check(60, 4, 0, &[]);
}

#[test]
fn rows_that_differ_in_a_digit_of_their_text_or_their_day_are_no_twins() {
    let texts: Vec<String> = (0..120).map(|at| format!("POS DEBIT KROGER REF {at:05}")).collect();
    let lines: Vec<Line<'_>> =
        (0..60).chain(0..60).zip(&texts).map(|(at, text)| ("fca_1", 1 + at, -1_000 - at, text.as_str())).collect();
    assert_eq!(doubts(&lines), []);
    let line = |at: i64| ("fca_1", 1 + at % 60 + at / 60, -1_000 - at % 60, "KROGER #455");
    assert_eq!(doubts(&(0..120).map(line).collect::<Vec<_>>()), []);
}

#[test]
fn staff_who_leave_out_the_second_of_each_twin_lift_the_doubt() {
    let once: Vec<Line<'_>> = (0..60).map(|at| ("fca_1", 1 + at, -1_000 - at, "KROGER #455")).collect();
    let twice: Vec<Line<'_>> = once.iter().chain(&once).copied().collect();
    let ledger = ledger(|rows| {
        push(rows, &twice);
        let mut table = CorrectionsBuilder::default();
        for at in 60..120 {
            table.push(&CorrectionRow::exclude(&format!("t{at:04}"), T + 5, "case_1", "delivered twice"));
        }
        rows.corrections(std::sync::Arc::new(table.finish(&Taxonomy::builtin(), &Zone::utc())));
    });
    assert_eq!((ledger.doubts.len(), ledger.rows.len(), ledger.counts.excluded), (0, 60, 60));
}

#[test]
fn what_comes_at_t_or_later_and_the_order_of_rows_say_nothing() {
    let turned = bought("fca_1", &SHOPS, 1);
    let twice: Vec<Line<'_>> = (0..120).map(|at| ("fca_1", 1 + at % 60, -1_000 - at % 60, "KROGER #455")).collect();
    for (lines, expected) in [(turned, Doubt::SignImplausible), (twice, Doubt::RowsTwice)] {
        let told = doubts(&lines);
        assert_eq!(told, [expected]);
        let reversed = ledger(|rows| {
            let all: Vec<(usize, &Line<'_>)> = lines.iter().enumerate().collect();
            for (number, (account, days, amount, text)) in all.into_iter().rev() {
                let id = format!("t{number:04}");
                let row = TransactionRow::posted(&id, account, *amount, T - days * 86_400);
                rows.transaction(&TransactionRow { description: text, ..row });
            }
        });
        assert_eq!(reversed.doubts, told);
        // The same rows, all from T on, beside one that is visible.
        let later: Vec<Line<'_>> =
            lines.iter().map(|(account, days, amount, text)| (*account, 1 - days, *amount, *text)).collect();
        assert_eq!(doubts(&[&later[..], &[("fca_1", 9, -700, "KROGER #455")]].concat()), []);
    }
}
