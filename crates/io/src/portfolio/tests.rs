use cashline_core::{
    defect::{Defect, DefectKind, Source, Whose},
    money::Currency,
    row::{
        AccountCategory, AccountRow, AccountStatus, AccountSubcategory, ApplicantRole, ApplicationRow, BalanceOrigin,
        BalanceRow, Row, TransactionRow, TransactionStatus,
    },
    time::Day,
};

use super::*;
use crate::read::{Facts, Item, ListEnd, ListOf, Packing, Sink};

/// A file of a test: what it was found to hold, its items, and the lists it ends with `has_more: true`.
#[derive(Clone, Default)]
struct Fake {
    table: Option<Table>,
    items: Vec<Made>,
    open_lists: Vec<&'static str>,
}

#[derive(Clone)]
enum Made {
    Application(&'static str, &'static str, Option<i32>, i64),
    Account(&'static str, Option<&'static str>),
    Balance(&'static str),
    Transaction(&'static str, i64),
    Bad(Option<&'static str>),
    BadAccount(&'static str, &'static str),
    BadApplication(&'static str, Option<&'static str>),
    Owner,
}

use Made::{Account, Application as Apply, Bad, BadAccount, BadApplication, Balance, Owner, Transaction};

fn file(table: Table, items: Vec<Made>) -> Fake {
    Fake { table: Some(table), items, open_lists: vec![] }
}

fn mixed(items: Vec<Made>) -> Fake {
    Fake { items, ..Fake::default() }
}

fn emit(made: &Made, source: Source, sink: &mut Sink<'_>) -> Result<(), Error> {
    let usd = Currency::USD;
    sink(match made {
        Apply(application_id, applicant_id, day, amount) => Item::Row(Row::Application(ApplicationRow {
            application_id,
            applicant_id,
            as_of: day.map(|day| AsOf::Date(Day(day))),
            role: ApplicantRole::Primary,
            requested_amount: Some(*amount),
            term_months: None,
            instalment_amount: None,
            stated_income: None,
            currency: None,
            account_ids: vec![],
            extras: vec![],
            source,
        })),
        Account(id, holder) => Item::Row(Row::Account(AccountRow {
            id,
            holder: *holder,
            holder_kind: None,
            institution_name: None,
            last4: None,
            category: AccountCategory::Cash,
            subcategory: AccountSubcategory::Checking,
            status: AccountStatus::Active,
            permissions: None,
            created: None,
            livemode: None,
            balance_refresh: None,
            transaction_refresh: None,
            known_at: None,
            expected_deactivation: None,
            authorization: None,
            numbers: None,
            ach_debit: None,
            change: None,
            source,
        })),
        Balance(account) => Item::Row(Row::Balance(BalanceRow {
            account,
            as_of: 1,
            currency: usd,
            current: 1,
            available: None,
            origin: BalanceOrigin::Reported,
            source,
        })),
        Transaction(account, at) => Item::Row(Row::Transaction(TransactionRow {
            id: "fctxn_1",
            account,
            amount: 1,
            currency: usd,
            description: "",
            livemode: None,
            status: TransactionStatus::Posted,
            transacted_at: *at,
            posted_at: None,
            void_at: None,
            updated: None,
            source,
        })),
        Bad(account) => Item::Defect(Defect {
            source,
            column: "amount".to_owned(),
            kind: DefectKind::NotAnInteger,
            whose: account.map(str::to_owned).into(),
        }),
        BadAccount(account, holder) => {
            let whose = Whose::Account { id: (*account).to_owned(), holder: Some((*holder).to_owned()) };
            Item::Defect(Defect { source, column: "created".to_owned(), kind: DefectKind::NotAnInteger, whose })
        }
        BadApplication(application, applicant) => {
            let whose = Whose::Application { id: (*application).to_owned(), applicant: applicant.map(str::to_owned) };
            Item::Defect(Defect { source, column: "role".to_owned(), kind: DefectKind::UnknownRole, whose })
        }
        Owner => Item::Ignored("owner"),
    })
}

/// What a run over fake files handed on.
struct Seen {
    /// Application ids of each pool, ascending inside and outside.
    pools: Vec<Vec<String>>,
    starts_over: usize,
    tally: Tally,
    refused: Vec<String>,
}

fn input(index: usize, fake: &Fake) -> InputFile {
    let index = u32::try_from(index).expect("few files");
    InputFile { path: format!("{index}").into(), index, table: fake.table, layout: 0, packing: Packing::Plain }
}

fn facts(fake: &Fake) -> Facts {
    let list = |account: &&str| ListEnd { of: ListOf::Account((*account).to_owned()), has_more: true };
    Facts {
        bytes: 1,
        sha256: [0; 32],
        lists: fake.open_lists.iter().map(list).collect(),
        holds: vec![],
        remarks: vec![],
    }
}

fn run_at(fakes: &[Fake], run: Option<AsOf>) -> Result<Seen, Error> {
    let files: Vec<InputFile> = fakes.iter().enumerate().map(|(index, fake)| input(index, fake)).collect();
    let read = |file: &InputFile, sink: &mut Sink<'_>| {
        let fake = &fakes[file.index as usize];
        for (at, made) in fake.items.iter().enumerate() {
            emit(made, Source { file: file.index, line: at as u64 + 1 }, sink)?;
        }
        Ok(facts(fake))
    };
    run_over(&files, &read, run)
}

fn run_over(files: &[InputFile], read: &ReadFile<'_>, run: Option<AsOf>) -> Result<Seen, Error> {
    let (interrupt, zone, taxonomy) = (Interrupt::never(), Zone::utc(), Taxonomy::builtin());
    let inputs = Inputs { files, read, interrupt: &interrupt };
    let mut portfolio = Portfolio::open(inputs, AsOfRule { run, zone: &zone }, &taxonomy)?;
    let (mut pools, mut starts_over) = (vec![], 0);
    portfolio.for_each_chunk(&mut |chunk| {
        match chunk {
            Chunk::Pools(more) => pools.extend(more.into_iter().map(|pool| {
                let mut ids: Vec<String> = pool.applications.into_iter().map(|each| each.application_id).collect();
                ids.sort();
                ids
            })),
            Chunk::StartOver => {
                pools.clear();
                starts_over += 1;
            }
        }
        Ok(())
    })?;
    pools.sort();
    let refused = portfolio.refused().iter().map(|refused| refused.application.application_id.clone()).collect();
    Ok(Seen { pools, starts_over, tally: portfolio.tally().clone(), refused })
}

fn run(fakes: &[Fake]) -> Seen {
    run_at(fakes, None).expect("usable")
}

/// Two applicants with two accounts each, and one account of a stranger.
fn small_tables() -> Vec<Fake> {
    vec![
        file(Table::Applications, vec![Apply("app_1", "cus_1", Some(9), 1), Apply("app_2", "cus_2", Some(9), 1)]),
        file(
            Table::Accounts,
            vec![
                Account("fca_1", Some("cus_1")),
                Account("fca_2", Some("cus_2")),
                Account("fca_3", Some("cus_1")),
                Account("fca_4", Some("cus_2")),
                Account("fca_9", Some("cus_9")),
            ],
        ),
    ]
}

fn with(rest: Vec<Fake>) -> Vec<Fake> {
    [small_tables(), rest].concat()
}

#[test]
fn an_applicant_whose_accounts_stand_together_needs_one_pass() {
    let rows = vec![Transaction("fca_1", 5), Transaction("fca_3", 6), Transaction("fca_2", 7), Transaction("fca_9", 8)];
    let seen = run(&with(vec![file(Table::Transactions, rows)]));
    assert_eq!(seen.pools, [["app_1"], ["app_2"]]);
    assert_eq!(seen.starts_over, 0);
    let tally = &seen.tally;
    assert_eq!((tally.transactions_pooled, tally.transactions_without_application), (3, 1));
    assert_eq!((tally.rows(Table::Transactions), tally.newest), (4, Some(8)));
    assert_eq!((tally.accounts, tally.accounts_without_application, tally.applications), (5, 1, 2));
    assert!(!tally.regrouped);
}

#[test]
fn a_finished_pool_that_appears_again_starts_over_and_ends_the_same() {
    let rows = vec![Transaction("fca_1", 5), Transaction("fca_2", 7), Transaction("fca_3", 6)];
    let seen = run(&with(vec![file(Table::Transactions, rows)]));
    assert_eq!(seen.pools, [["app_1"], ["app_2"]]);
    assert_eq!(seen.starts_over, 1);
    assert!(seen.tally.regrouped);
    assert_eq!((seen.tally.transactions_pooled, seen.tally.rows(Table::Transactions)), (3, 3), "counted once");
}

#[test]
fn an_applicant_split_over_files_is_still_one_pool() {
    let one = file(Table::Transactions, vec![Transaction("fca_1", 5)]);
    let two = file(Table::Transactions, vec![Transaction("fca_3", 5), Transaction("fca_2", 5)]);
    let seen = run(&with(vec![one, two]));
    assert_eq!((seen.pools.len(), seen.starts_over), (2, 0));
}

#[test]
fn applicants_who_share_an_application_share_a_pool_through_others_too() {
    let applications = vec![
        Apply("app_1", "cus_1", Some(9), 1),
        Apply("app_1", "cus_2", Some(9), 1),
        Apply("app_2", "cus_2", Some(8), 1),
        Apply("app_2", "cus_3", Some(8), 1),
        Apply("app_3", "cus_4", Some(9), 1),
    ];
    let seen = run(&[file(Table::Applications, applications)]);
    assert_eq!(seen.pools, [vec!["app_1", "app_2"], vec!["app_3"]]);
    assert_eq!(seen.tally.applications_without_accounts, 3);
}

#[test]
fn holders_of_one_account_share_a_pool() {
    let applications = vec![Apply("app_1", "cus_1", Some(9), 1), Apply("app_2", "cus_2", Some(9), 1)];
    let accounts = vec![Account("fca_1", Some("cus_1")), Account("fca_1", Some("cus_2"))];
    let seen = run(&[file(Table::Applications, applications), file(Table::Accounts, accounts)]);
    assert_eq!(seen.pools, [["app_1", "app_2"]]);
    assert_eq!(seen.tally.applications_without_accounts, 0);
}

#[test]
fn a_co_applicant_without_an_account_is_counted_beside_one_who_has_one() {
    let pair = [Apply("app_1", "cus_1", Some(9), 1), Apply("app_1", "cus_2", Some(9), 1)];
    let applications = pair.into_iter().chain([Apply("app_2", "cus_3", Some(9), 1)]).collect();
    let accounts = vec![Account("fca_1", Some("cus_1"))];
    let seen = run(&[file(Table::Applications, applications), file(Table::Accounts, accounts)]);
    assert_eq!((seen.tally.applications_without_accounts, seen.tally.applicants_without_accounts), (1, 1));
}

#[test]
fn an_application_without_accounts_is_still_answered() {
    let mut files = small_tables();
    files[0].items.push(Apply("app_3", "cus_3", Some(9), 1));
    let seen = run(&files);
    assert_eq!(seen.pools, [["app_1"], ["app_2"], ["app_3"]]);
    assert_eq!(seen.tally.applications_without_accounts, 1);
}

#[test]
fn without_applications_every_holder_is_one_as_of_the_run() {
    let accounts = vec![Account("fca_1", Some("cus_1")), Account("fca_2", Some("cus_1")), Account("fca_3", None)];
    let files = [file(Table::Accounts, accounts), file(Table::Transactions, vec![Transaction("fca_8", 1)])];
    let seen = run_at(&files, Some(AsOf::Date(Day(9)))).expect("usable");
    assert_eq!(seen.pools, [["cus_1"], ["fca_3"]], "an account without holder stands for itself, with a warning");
    assert_eq!(seen.tally.accounts_without_holder, 1);
    assert_eq!((seen.tally.transactions_of_unlisted_accounts, seen.tally.accounts_unlisted), (1, 1));
}

#[test]
fn without_applications_whoever_held_an_account_is_one_whatever_the_ids() {
    for (first, then) in [("cus_1", "cus_2"), ("cus_2", "cus_1")] {
        let accounts = file(Table::Accounts, vec![Account("fca_1", Some(first)), Account("fca_1", Some(then))]);
        let seen = run_at(&[accounts], Some(AsOf::Date(Day(9)))).expect("usable");
        assert_eq!(seen.pools, [["cus_1", "cus_2"]], "from {first} to {then}");
        assert_eq!((seen.tally.applications, seen.tally.accounts), (2, 1));
        // A row that was set aside names him as well.
        let accounts = file(Table::Accounts, vec![Account("fca_1", Some(first)), BadAccount("fca_1", then)]);
        let seen = run_at(&[accounts], Some(AsOf::Date(Day(9)))).expect("usable");
        assert_eq!(seen.pools, [["cus_1", "cus_2"]], "{then} of a bad row");
    }
}

#[test]
fn without_an_accounts_table_each_account_is_its_own_applicant() {
    let rows =
        file(Table::Transactions, vec![Transaction("fca_1", 1), Transaction("fca_2", 1), Transaction("fca_1", 1)]);
    let seen = run_at(std::slice::from_ref(&rows), Some(AsOf::Date(Day(9)))).expect("usable");
    assert_eq!(seen.pools, [["fca_1"], ["fca_2"]]);
    assert_eq!((seen.tally.accounts, seen.tally.applications), (2, 2));
    let applications = file(Table::Applications, vec![Apply("app_1", "fca_2", Some(9), 1)]);
    let seen = run(&[applications, rows]);
    assert_eq!(seen.pools, [["app_1"]]);
    assert_eq!((seen.tally.transactions_pooled, seen.tally.transactions_without_application), (1, 2));
    assert_eq!((seen.tally.applications_without_accounts, seen.tally.accounts_without_application), (0, 1));
}

#[test]
fn no_t_anywhere_names_the_newest_day_and_the_flag() {
    let mut files =
        with(vec![file(Table::Transactions, vec![Transaction("fca_1", 3 * 86_400), Transaction("fca_2", 5)])]);
    files[0].items.push(Apply("app_3", "cus_3", None, 1));
    let error = run_at(&files, None).map(|_| ()).expect_err("app_3 has no T");
    assert_eq!(error.exit_code(), 2);
    // Day 3 is 1970-01-04; T is exclusive, so that the day after sees it.
    let message = error.to_string();
    assert!(message.contains("1970-01-04") && message.contains("--as-of 1970-01-05"), "{message}");
    run_at(&files, Some(AsOf::Date(Day(9)))).expect("the run's T fills in");
}

#[test]
fn rows_that_contradict_each_other_refuse_their_application_alone() {
    let mut files = small_tables();
    files[0].items.push(Apply("app_1", "cus_1", Some(9), 2));
    files[0].items.push(Apply("app_2", "cus_2", Some(9), 1));
    let seen = run(&files);
    assert_eq!(seen.pools, [["app_2"]], "an exact repeat counts once");
    assert_eq!(seen.refused, ["app_1"]);
    assert_eq!(seen.tally.defects_by_kind, BTreeMap::from([(DefectKind::ConflictingApplication, 2)]));
    assert_eq!((seen.tally.applications, seen.tally.unattributed), (2, 0));
}

#[test]
fn a_rejected_row_is_unattributed_when_its_account_is_unreadable_or_unlisted() {
    let rows = [Bad(Some("fca_1")), Bad(None), Bad(Some("fca_77")), Bad(Some("fca_9")), Bad(Some("fca_77"))].to_vec();
    let seen = run(&with(vec![file(Table::Transactions, rows)]));
    assert_eq!(seen.tally.unattributed, 3, "the second, third and fifth; the fourth harms no application");
    assert_eq!(seen.tally.defects_total(), 5);
}

#[test]
fn rows_of_accounts_that_no_table_lists_are_unattributed() {
    let seen = run(&with(vec![
        file(Table::Transactions, vec![Transaction("fca_1", 1), Transaction("fca_77", 1), Transaction("fca_9", 1)]),
        file(Table::Balances, vec![Balance("fca_78"), Balance("fca_2")]),
    ]));
    assert_eq!(seen.tally.unattributed, 2, "fca_77's and fca_78's; fca_9 is a stranger's");
}

#[test]
fn rows_of_accounts_without_a_holder_are_unattributed_where_applications_are_named() {
    let rows = vec![Transaction("fca_5", 1), Transaction("fca_5", 2), Transaction("fca_6", 1), Transaction("fca_7", 1)];
    // Of fca_7 another version names the holder; a stranger's has one, who has not applied.
    let accounts = [
        Account("fca_5", None),
        Account("fca_6", None),
        Account("fca_7", None),
        Account("fca_7", Some("cus_1")),
        Account("fca_8", Some("cus_8")),
    ];
    let files = [
        file(Table::Accounts, accounts.to_vec()),
        file(Table::Balances, vec![Balance("fca_5"), Balance("fca_8")]),
        file(Table::Transactions, [rows, vec![Transaction("fca_8", 1), Bad(Some("fca_5"))]].concat()),
    ];
    let applied = |apply| run(&[&[file(Table::Applications, apply)][..], &files[..]].concat()).tally;
    let tally = applied(vec![Apply("app_1", "cus_1", Some(9), 1)]);
    assert_eq!((tally.rows_without_holder, tally.unattributed), (4, 5), "of fca_5 four with the bad one, of fca_6 one");
    assert_eq!((tally.transactions_pooled, tally.transactions_without_application), (1, 4));
    assert_eq!((tally.balances_without_application, tally.accounts_without_holder), (2, 2));
    assert_eq!(tally.accounts_of_nobody, 2);
    // Where such an account is an applicant, usable or refused, each is one of its own: who is not named has not applied.
    let tally = applied(vec![Apply("app_1", "cus_1", Some(9), 1), Apply("app_6", "fca_6", Some(9), 1)]);
    assert_eq!((tally.rows_without_holder, tally.unattributed), (0, 0));
    assert_eq!((tally.transactions_pooled, tally.transactions_without_application), (2, 3));
    assert_eq!((tally.accounts_without_holder, tally.accounts_of_nobody), (2, 1), "fca_6 has a pool");
    let tally = applied(vec![Apply("app_6", "fca_6", Some(9), 1), Apply("app_6", "fca_6", Some(9), 2)]);
    assert_eq!((tally.rows_without_holder, tally.unattributed, tally.accounts_of_nobody), (0, 0, 2));
    // Without applications each is an applicant of its own, and nothing leads nowhere.
    let seen = run_at(&files, Some(AsOf::Date(Day(9)))).expect("usable");
    assert_eq!((seen.tally.rows_without_holder, seen.tally.unattributed), (0, 0));
}

#[test]
fn an_account_whose_row_is_set_aside_is_still_its_holders_where_the_row_says_so() {
    let rows = vec![Transaction("fca_77", 1), Transaction("fca_1", 1)];
    let seen = run(&with(vec![
        file(Table::Accounts, vec![BadAccount("fca_77", "cus_1")]),
        file(Table::Transactions, rows.clone()),
    ]));
    assert_eq!((seen.tally.transactions_pooled, seen.tally.unattributed), (2, 0));
    // In a file of objects of all kinds it may stand behind rows that were handed on.
    let seen = run(&with(vec![mixed([rows, vec![BadAccount("fca_77", "cus_1")]].concat())]));
    assert_eq!((seen.tally.transactions_pooled, seen.tally.unattributed), (2, 0));
}

#[test]
fn an_application_a_row_of_which_is_set_aside_is_refused_and_not_lost() {
    let mut files = small_tables();
    files[0].items.push(BadApplication("app_1", Some("cus_8")));
    files[0].items.push(BadApplication("app_5", None));
    let seen = run(&files);
    assert_eq!(
        (seen.pools, seen.refused),
        (vec![vec!["app_2".to_owned()]], vec!["app_1".to_owned(), "app_5".to_owned()])
    );
    assert_eq!((seen.tally.applications, seen.tally.unattributed, seen.tally.defects_total()), (3, 0, 2));
}

#[test]
fn a_doubt_that_comes_after_its_pool_was_handed_on_takes_one_more_pass() {
    let rows = vec![Transaction("fca_1", 1), Transaction("fca_2", 1), Bad(Some("fca_1")), Transaction("fca_4", 1)];
    let seen = run(&with(vec![file(Table::Transactions, rows)]));
    assert_eq!((seen.starts_over, seen.tally.regrouped), (1, false), "in order, hence not grouped");
    assert_eq!((seen.tally.defects_total(), seen.tally.rows(Table::Transactions)), (1, 3));
    let early = vec![Bad(Some("fca_1")), Transaction("fca_1", 1), Bad(Some("fca_3")), Transaction("fca_2", 1)];
    assert_eq!(run(&with(vec![file(Table::Transactions, early)])).starts_over, 0);
}

#[test]
fn a_truncated_list_is_known_after_the_last_file_and_takes_one_more_pass() {
    let rows = vec![Transaction("fca_1", 1), Transaction("fca_2", 1)];
    let list = Fake { table: Some(Table::Transactions), items: rows, open_lists: vec!["fca_1"] };
    let seen = run(&with(vec![list]));
    assert_eq!((seen.starts_over, seen.pools.len()), (1, 2));
}

#[test]
fn quirk_30_accounts_with_exactly_one_page_of_rows_are_counted() {
    let times = |account: &'static str, count: usize| vec![Transaction(account, 1); count];
    // Nine, ten, a hundred; the stranger's ten rows harm nobody. `fca_4` has ten in two files, and one more pass is made.
    let one = [times("fca_1", 9), times("fca_3", 100), times("fca_2", 10), times("fca_4", 4), times("fca_9", 10)];
    let two = [times("fca_1", 0), times("fca_4", 6)];
    let files = [one.concat(), two.concat()].map(|rows| file(Table::Transactions, rows));
    let seen = run(&with(files.into()));
    assert_eq!((seen.tally.accounts_with_round_page, seen.starts_over), (3, 0));
    let apart = [times("fca_1", 5), times("fca_2", 3), times("fca_3", 1), times("fca_1", 5)].concat();
    let seen = run(&with(vec![file(Table::Transactions, apart)]));
    assert_eq!((seen.tally.accounts_with_round_page, seen.starts_over), (1, 1), "each row counts once");
}

#[test]
fn a_file_of_all_kinds_counts_each_row_once() {
    let items = vec![
        Transaction("fca_1", 4),
        Bad(None),
        Account("fca_1", Some("cus_1")),
        Balance("fca_1"),
        Balance("fca_5"),
        Owner,
        Apply("app_1", "cus_1", Some(9), 1),
        Transaction("fca_1", 5),
    ];
    let seen = run(&[mixed(items), mixed(vec![Balance("fca_1"), Owner])]);
    let tally = &seen.tally;
    let rows: Vec<(&str, u64)> = Table::all().map(|table| (table.name(), tally.rows(table))).collect();
    assert_eq!(rows, [("applications", 1), ("transactions", 2), ("accounts", 1), ("balances", 3), ("corrections", 0)]);
    assert_eq!(tally.rows_read(), 7);
    assert_eq!((tally.defects_total(), tally.unattributed), (1, 2), "the bad row, and the balance of fca_5");
    assert_eq!(tally.ignored, BTreeMap::from([("owner", 2)]));
    assert_eq!((tally.balances_pooled, tally.balances_of_unlisted_accounts), (2, 1));
    assert_eq!(seen.pools, [["app_1"]]);
}

#[test]
fn the_order_of_rows_and_files_leaves_pools_and_counts_alone() {
    let rows = vec![Transaction("fca_1", 5), Transaction("fca_3", 6), Transaction("fca_2", 7), Transaction("fca_4", 8)];
    let straight = run(&with(vec![file(Table::Transactions, rows.clone())]));
    for order in [[3, 1, 0, 2], [0, 2, 1, 3], [2, 0, 3, 1]] {
        let shuffled: Vec<Made> = order.iter().map(|at| rows[*at].clone()).collect();
        let (head, tail) = shuffled.split_at(1);
        let mut files = vec![file(Table::Transactions, tail.to_vec()), file(Table::Transactions, head.to_vec())];
        files.extend(small_tables());
        let seen = run(&files);
        assert_eq!(seen.pools, straight.pools);
        assert_eq!(seen.tally.transactions_pooled, straight.tally.transactions_pooled);
        assert_eq!(seen.tally.rows_read(), straight.tally.rows_read());
    }
}

/// The first block of a file decides what it seems to hold: what stands far below it must count all the same.
#[test]
fn a_file_of_lines_may_begin_with_more_transactions_than_are_read_at_once() {
    let transactions: String = (0..4_000)
        .map(|at| {
            format!(
                "{{\"id\":\"fctxn_{at}\",\"object\":\"financial_connections.transaction\",\"account\":\"fca_1\",\"amount\":-5,\
                 \"currency\":\"usd\",\"description\":\"CORNER SHOP\",\"livemode\":true,\"status\":\"posted\",\
                 \"status_transitions\":{{\"posted_at\":86400,\"void_at\":null}},\"transacted_at\":86400,\"updated\":86400}}\n"
            )
        })
        .collect();
    assert!(2 * 256 * 1_024 < transactions.len(), "more than two buffers of the scanner");
    let others = "{\"object\":\"financial_connections.account\",\"id\":\"fca_1\",\"category\":\"cash\",\
                  \"account_holder\":{\"type\":\"customer\",\"customer\":\"cus_1\"}}\n\
                  {\"application_id\":\"app_1\",\"applicant_id\":\"cus_1\",\"as_of\":\"1970-01-10\"}\nno JSON\n";
    let options = crate::read::ReadOptions::default();
    let of = |texts: &[String], run: Option<AsOf>| {
        let folder = tempfile::tempdir().expect("a folder");
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{at}.ndjson")), text).expect("written");
        }
        let inputs = crate::input::Inputs::discover(&[folder.path().to_owned()], &options).expect("files");
        run_over(&inputs.files, &crate::read::ByLayout::new(&options), run).expect("usable")
    };
    for run in [None, Some(AsOf::Date(Day(9)))] {
        let last = format!("{transactions}{others}");
        let another = last.replace("fctxn_", "fctxn_b").replace("fca_1", "fca_2").replace("cus_1", "cus_2");
        let two = of(&[last.clone(), another.replace("app_1", "app_2")], run);
        let [last, first] = [last, format!("{others}{transactions}")].map(|text| of(&[text], run));
        for seen in [&last, &first] {
            assert_eq!(seen.pools, [["app_1"]]);
            let rows: Vec<u64> = Table::all().map(|table| seen.tally.rows(table)).collect();
            assert_eq!(rows, [1, 4_000, 1, 0, 0]);
            assert_eq!((seen.tally.transactions_pooled, seen.tally.unattributed), (4_000, 1));
            assert_eq!(seen.tally.defects_total(), 1);
        }
        // Without a T of the run the missing applications are missed before any transaction is read.
        assert_eq!((last.starts_over, first.starts_over), (usize::from(run.is_some()), 0));
        assert_eq!(two.pools, [["app_1"], ["app_2"]]);
        assert_eq!((two.tally.rows(Table::Accounts), two.tally.transactions_pooled), (2, 8_000));
        assert_eq!(two.starts_over, usize::from(run.is_some()), "the first such file tells it of the second");
    }
}

#[test]
fn a_signal_ends_the_reading() {
    let rows = file(Table::Transactions, vec![Transaction("fca_1", 1); 2 * tables::ITEMS_BETWEEN_CHECKS as usize]);
    let files = [input(0, &rows)];
    let interrupt = Interrupt::never();
    interrupt.raise(15);
    let read = |_: &InputFile, sink: &mut Sink<'_>| {
        for made in &rows.items {
            emit(made, Source::default(), sink)?;
        }
        Ok(facts(&rows))
    };
    let inputs = Inputs { files: &files, read: &read, interrupt: &interrupt };
    let (zone, taxonomy) = (Zone::utc(), Taxonomy::builtin());
    let rule = AsOfRule { run: Some(AsOf::Date(Day(9))), zone: &zone };
    let mut portfolio = Portfolio::open(inputs, rule, &taxonomy).expect("nothing to read yet");
    let error = portfolio.for_each_chunk(&mut |_| Ok(())).expect_err("raised");
    assert_eq!(error.exit_code(), 143);
}

#[test]
fn a_file_that_reads_differently_the_second_time_stops_the_run() {
    let both = mixed(vec![Apply("app_1", "cus_1", Some(9), 1), Transaction("fca_1", 1)]);
    let files = [input(0, &both)];
    let interrupt = Interrupt::never();
    let reads = std::cell::Cell::new(0);
    let read = |_: &InputFile, sink: &mut Sink<'_>| {
        for made in &both.items {
            emit(made, Source::default(), sink)?;
        }
        reads.set(reads.get() + 1);
        Ok(Facts { sha256: [reads.get(); 32], ..facts(&both) })
    };
    let inputs = Inputs { files: &files, read: &read, interrupt: &interrupt };
    let (zone, taxonomy) = (Zone::utc(), Taxonomy::builtin());
    let mut portfolio = Portfolio::open(inputs, AsOfRule { run: None, zone: &zone }, &taxonomy).expect("usable");
    let error = portfolio.for_each_chunk(&mut |_| Ok(())).expect_err("changed");
    assert!(matches!(error, Error::Changed { .. }));
}
