use super::*;
use crate::{
    category::categoriser::{Categoriser, Memo},
    defect::DefectKind,
    limits::{AMOUNT_MAX, DESCRIPTION_BYTES_MAX, ID_BYTES_MAX, SECONDS_END},
    money::Currency,
    row::{AccountRow, AccountStatus, BalanceRow, Refresh, RefreshStatus, TransactionRow},
};

fn finish(fill: impl FnOnce(&mut HistoryBuilder)) -> History {
    let mut rows = HistoryBuilder::new();
    fill(&mut rows);
    rows.finish(&Categoriser::builtin(), &mut Memo::default())
}

fn row(id: &'static str, amount: i64, line: u64) -> TransactionRow<'static> {
    TransactionRow { source: Source { file: 0, line }, ..TransactionRow::posted(id, "fca_1", amount, 86_400) }
}

#[test]
fn rows_are_found_by_index_with_id_text_source_and_account() {
    let history = finish(|rows| {
        rows.transaction(&TransactionRow { description: "Ünïcode \n café", ..row("b", 1, 7) });
        rows.transaction(&TransactionRow { description: "RENT", ..row("a", 2, 9) });
    });
    assert_eq!((history.id(0), history.description(0), history.source(0).line), ("a", "RENT", 9));
    assert_eq!((history.id(1), history.description(1), history.source(1).line), ("b", "Ünïcode \n café", 7));
    assert_eq!(history.account_id(1), "fca_1");
    assert_eq!((history.id(2), history.description(2), history.source(2)), ("", "", Source::default()));
    assert_eq!((history.row_count(), history.label(2)), (2, None));
}

#[test]
fn conflicting_duplicates_are_a_defect_each_and_repeats_none() {
    let history = finish(|rows| {
        rows.transaction(&row("a", 1, 3));
        rows.transaction(&row("a", 2, 4));
        rows.transaction(&row("a", 2, 5));
        rows.transaction(&row("b", 1, 6));
        rows.transaction(&row("b", 1, 7));
    });
    let found: Vec<(u64, DefectKind)> =
        history.defects().iter().map(|defect| (defect.source.line, defect.kind)).collect();
    assert_eq!(found, [(3, DefectKind::ConflictingDuplicate), (4, DefectKind::ConflictingDuplicate)]);
    assert_eq!(history.defects()[0].account(), Some("fca_1"));
    assert_eq!(history.row_count(), 3, "two rivals and one that was repeated");
}

#[test]
fn a_row_is_plain_when_it_is_posted_of_an_amount_and_alone_with_its_id() {
    let history = finish(|rows| {
        // Alone; repeated; not posted, of nothing, void; two versions; two rows of which one is wrong; two accounts.
        rows.transaction(&row("a", 1, 1));
        [2, 3].into_iter().for_each(|line| rows.transaction(&row("b", 1, line)));
        rows.transaction(&TransactionRow { posted_at: None, ..row("c", 1, 4) });
        rows.transaction(&row("d", 0, 5));
        rows.transaction(&TransactionRow { void_at: Some(90_000), ..row("e", 1, 6) });
        for at in [0, 1] {
            rows.transaction(&TransactionRow { updated: Some(at + 7), ..row("f", 1, 0) });
            rows.transaction(&row("g", at + 1, 0));
            rows.transaction(&TransactionRow { account: ["fca_1", "fca_2"][usize::from(at == 1)], ..row("h", 1, 0) });
        }
    });
    let plain = history.rows().iter().filter(|version| version.plain).map(|version| version.id(&history.text));
    assert_eq!(plain.collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_payment_that_only_went_on_its_way_is_no_conflict_in_any_order() {
    use crate::row::TransactionStatus::{Pending, Posted, Void};
    let of = |status, line| TransactionRow { status, posted_at: None, ..row("a", 1, line) };
    for order in [[Pending, Posted, Void], [Void, Pending, Posted], [Posted, Void, Pending]] {
        let history = finish(|rows| (1..).zip(order).for_each(|(line, status)| rows.transaction(&of(status, line))));
        assert_eq!(history.defects(), [], "{order:?}");
        let last = history.rows().iter().find(|version| version.last).expect("a latest version");
        assert_eq!(last.status, Void, "{order:?}");
    }
    // Another amount, or another text, is another payment: nothing tells which of the two is true.
    for other in [TransactionRow { amount: 2, ..of(Posted, 2) }, TransactionRow { description: "x", ..of(Posted, 2) }] {
        let history = finish(|rows| [of(Pending, 1), other].iter().for_each(|row| rows.transaction(row)));
        assert_eq!(history.defects().len(), 2);
    }
}

#[test]
fn an_id_in_two_accounts_is_a_conflict_whatever_was_written_last() {
    let history = finish(|rows| {
        rows.transaction(&TransactionRow { updated: Some(5), ..row("a", 1, 1) });
        rows.transaction(&TransactionRow { updated: Some(6), account: "fca_2", ..row("a", 1, 2) });
    });
    let accounts: Vec<_> = history.defects().iter().filter_map(|defect| defect.account()).collect();
    assert_eq!(accounts, ["fca_1", "fca_2"]);
}

#[test]
fn the_minority_currency_is_a_defect_and_a_tie_makes_every_row_one() {
    let eur = Currency::parse("eur").expect("a code");
    let history = finish(|rows| {
        rows.transaction(&row("a", 1, 1));
        rows.transaction(&row("b", 1, 2));
        rows.transaction(&TransactionRow { currency: eur, ..row("c", 1, 3) });
    });
    let lines = |history: &History| history.defects().iter().map(|defect| defect.source.line).collect::<Vec<_>>();
    assert_eq!((lines(&history), history.defects()[0].kind), (vec![3], DefectKind::ForeignCurrency));
    let history = finish(|rows| {
        rows.transaction(&row("a", 1, 1));
        rows.transaction(&TransactionRow { currency: eur, ..row("c", 1, 3) });
    });
    assert_eq!(lines(&history), [1, 3]);
}

#[test]
fn values_beyond_the_limits_are_defects_and_never_panics() {
    let long_id = "x".repeat(ID_BYTES_MAX + 1);
    let long_text = "é".repeat(DESCRIPTION_BYTES_MAX);
    let history = finish(|rows| {
        rows.transaction(&row("a", i64::MIN, 1));
        rows.transaction(&row("a", AMOUNT_MAX + 1, 2));
        rows.transaction(&TransactionRow { transacted_at: 0, ..row("a", 1, 3) });
        rows.transaction(&TransactionRow { posted_at: Some(SECONDS_END), ..row("a", 1, 4) });
        rows.transaction(&TransactionRow { id: &long_id, ..row("a", 1, 5) });
        rows.transaction(&TransactionRow { account: &long_id, ..row("a", 1, 6) });
        rows.transaction(&TransactionRow { description: &long_text, ..row("a", 1, 7) });
        rows.balance(&BalanceRow { source: Source { file: 0, line: 8 }, ..BalanceRow::reported("fca_1", 9, i64::MIN) });
        rows.balance(&BalanceRow { source: Source { file: 0, line: 9 }, ..BalanceRow::reported("fca_1", i64::MAX, 1) });
    });
    let columns: Vec<(u64, &str)> =
        history.defects().iter().map(|defect| (defect.source.line, defect.column.as_str())).collect();
    let expected = [
        (1, "amount"),
        (2, "amount"),
        (3, "transacted_at"),
        (4, "posted_at"),
        (5, "id"),
        (6, "account"),
        (7, "description"),
        (8, "current"),
        (9, "as_of"),
    ];
    assert_eq!((columns, history.row_count()), (expected.to_vec(), 0));
    assert_eq!(history.accounts()[0].doubts, [Doubt::RejectedRow]);
}

#[test]
fn the_later_export_of_an_account_wins_and_ties_go_by_content() {
    let export = |status, attempted| AccountRow {
        status,
        created: Some(5),
        balance_refresh: Some(Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(attempted) }),
        ..AccountRow::checking("fca_1", "cus_1")
    };
    let (old, new) = (export(AccountStatus::Active, 10), export(AccountStatus::Inactive, 20));
    let rival = export(AccountStatus::Active, 20);
    for order in [[&old, &new, &rival], [&rival, &new, &old], [&new, &rival, &old]] {
        let history = finish(|rows| order.iter().for_each(|row| rows.account(row)));
        let at = |t| history.accounts()[0].at(t).map(|version| (version.status, version.balance_refresh));
        assert_eq!(at(100), Some((AccountStatus::Inactive, new.balance_refresh)));
        assert_eq!(
            at(20),
            Some((AccountStatus::Active, old.balance_refresh)),
            "what was refreshed at T is not yet known"
        );
    }
}

/// An export of an account that was linked at 5, taken after a refresh that began at `attempted`.
fn export(status: AccountStatus, attempted: i64) -> AccountRow<'static> {
    let refresh = Refresh { status: RefreshStatus::Succeeded, last_attempted_at: Some(attempted) };
    AccountRow {
        status,
        created: Some(5),
        transaction_refresh: Some(refresh),
        ..AccountRow::checking("fca_1", "cus_1")
    }
}

/// The account's status as of each T, the same in both orders of arrival.
fn statuses<const N: usize>(versions: &[AccountRow<'static>], at: [i64; N]) -> [Option<AccountStatus>; N] {
    let there = finish(|rows| versions.iter().for_each(|row| rows.account(row)));
    let back = finish(|rows| versions.iter().rev().for_each(|row| rows.account(row)));
    assert_eq!(there, back, "order of arrival decides nothing");
    at.map(|t| there.accounts()[0].at(t).map(|version| version.status))
}

#[test]
fn a_body_of_an_event_stands_until_an_export_that_was_refreshed_later() {
    use AccountStatus::{Active, Disconnected, Inactive};
    let body = AccountRow { known_at: Some(20), ..export(Active, 19) };
    let (earlier, later) = (export(Inactive, 10), export(Disconnected, 30));
    assert_eq!(
        statuses(&[body.clone(), later.clone()], [20, 21, 30, 31]),
        [Active, Active, Active, Disconnected].map(Some)
    );
    assert_eq!(
        statuses(&[body.clone(), earlier.clone()], [11, 20, 21, 99]),
        [Inactive, Inactive, Active, Active].map(Some)
    );
    assert_eq!(statuses(&[earlier, body, later], [11, 21, 31]), [Inactive, Active, Disconnected].map(Some));
    // The body of the link itself, as Stripe sends it before anything was fetched.
    let linked = AccountRow { known_at: Some(7), transaction_refresh: None, ..export(Active, 0) };
    assert_eq!(statuses(&[linked, export(Inactive, 10)], [8, 10, 11]), [Active, Active, Inactive].map(Some));
}

#[test]
fn an_export_refreshed_from_t_on_changes_nothing_at_t_and_stands_where_it_is_the_only_one() {
    use AccountStatus::{Active, Disconnected};
    let (before, after) = (export(Active, 10), export(Disconnected, 20));
    assert_eq!(statuses(&[before, after.clone()], [4, 6, 20, 21]), [Active, Active, Active, Disconnected].map(Some));
    assert_eq!(statuses(std::slice::from_ref(&after), [4, 6, 20, 21]), [Some(Disconnected); 4]);
    // Of several that were all refreshed later the earliest stands, as the next night's export must not change it.
    assert_eq!(
        statuses(&[after, export(Active, 30)], [4, 6, 30, 31]),
        [Disconnected, Disconnected, Disconnected, Active].map(Some)
    );
    // Where nothing was refreshed the link is the only time that there is.
    let unrefreshed = AccountRow { transaction_refresh: None, ..export(Active, 0) };
    assert_eq!(
        statuses(&[unrefreshed, export(Disconnected, 20)], [4, 20, 21]),
        [Active, Active, Disconnected].map(Some)
    );
}

#[test]
fn histories_are_equal_whatever_the_layout_of_their_texts() {
    let rows = [row("a", 1, 1), row("b", 2, 2), row("c", 3, 3)];
    let there = finish(|builder| rows.iter().for_each(|row| builder.transaction(row)));
    let back = finish(|builder| rows.iter().rev().for_each(|row| builder.transaction(row)));
    assert_eq!(there, back);
    let other = finish(|builder| rows[..2].iter().for_each(|row| builder.transaction(row)));
    assert_ne!(there, other);
}

#[test]
fn room_made_or_given_back_changes_no_history() {
    let rows: Vec<_> = (1..=100).map(|line| row(["a", "b", "c", "d"][line % 4], 1, line as u64)).collect();
    let without = finish(|builder| rows.iter().for_each(|row| builder.transaction(row)));
    let mut before = HistoryBuilder::new();
    rows[..7].iter().for_each(|row| before.transaction(row));
    for room in [Room::default(), before.room(), before.room().doubled()] {
        let mut builder = HistoryBuilder::with_room(room);
        builder.trim();
        rows[..50].iter().for_each(|row| builder.transaction(row));
        builder.trim();
        builder.transactions(&rows[50..]);
        assert_eq!(builder.finish(&Categoriser::builtin(), &mut Memo::default()), without);
    }
}

#[test]
fn a_builder_can_be_filled_on_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<HistoryBuilder>();
    is_send::<History>();
}
