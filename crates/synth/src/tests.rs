//! What a portfolio promises.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cashline_core::row::{AccountCategory, Row, TransactionStatus};

use cashline_io::{
    export::{Damage, EXPORTS, ExportOptions, TransactionObject, export_layout},
    read::Packing,
};

use crate::{
    Case, DamagePlan, IncomeText, Preset, Spec, Tag, case, cases, personas, portfolio::fate, write, write_cases,
};

fn spec(preset: Preset, applications: u64) -> Spec {
    Spec { preset, ..Spec::new(11, applications) }
}

/// Area under the ROC curve of `risk` against outcomes, ties counted half.
pub(crate) fn auc(rows: &mut [(f64, bool)]) -> f64 {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut at) = (0.0, 0.0, 0);
    while at < rows.len() {
        let end = at + rows[at..].iter().take_while(|row| row.0 == rows[at].0).count();
        let bad = rows[at..end].iter().filter(|row| row.1).count() as f64;
        let good = (end - at) as f64 - bad;
        sum += bad * (below + good / 2.0);
        below += good;
        at = end;
    }
    let bad = rows.iter().filter(|row| row.1).count() as f64;
    sum / (bad * below)
}

/// A crude risk from cash flow: few features, taken from planted tags and balances, weighted by hand.
fn cash_flow_risk(case: &Case) -> f64 {
    let days = 180.0;
    let sum = |pick: &dyn Fn(Tag) -> bool| -> f64 {
        case.transactions
            .iter()
            .zip(&case.tags)
            .filter(|(row, tag)| row.status == TransactionStatus::Posted && pick(**tag))
            .map(|(row, _)| row.amount.unsigned_abs() as f64)
            .sum()
    };
    let count = |pick: &dyn Fn(Tag) -> bool| case.tags.iter().filter(|tag| pick(**tag)).count() as f64;
    let outflow: f64 =
        case.transactions.iter().filter(|row| row.amount < 0).map(|row| -row.amount as f64).sum::<f64>() / days + 1.0;
    // The mean of daily closing balances over the liquid accounts.
    let mut mean = 0.0;
    for (account, opening) in case.accounts.iter().zip(&case.openings) {
        if account.category == AccountCategory::Credit {
            continue;
        }
        let end = i64::from(case.as_of().0) * 86_400;
        let lived: f64 = case
            .transactions
            .iter()
            .filter(|row| row.account == account.id && row.status == TransactionStatus::Posted)
            .map(|row| {
                row.amount as f64 * (((end - row.posted_at.unwrap_or(end)) as f64) / 86_400.0 / days).clamp(0.0, 1.0)
            })
            .sum();
        mean += *opening as f64 + lived;
    }
    let cushion = (mean / outflow).max(0.5).ln();
    let shortage = (1.0 + count(&|tag| tag.is_shortage())).ln();
    let advances = (1.0 + count(&|tag| matches!(tag, Tag::Advance | Tag::Payday | Tag::McaFunding))).ln();
    let bets = (1.0 + sum(&|tag| tag == Tag::Gambling) / outflow).ln();
    let debt = sum(&|tag| matches!(tag, Tag::PersonalLoan | Tag::Bnpl | Tag::McaPayment)) / outflow / days;
    -0.8 * cushion + 0.35 * shortage + 0.35 * advances + 0.2 * bets + 1.5 * debt
}

fn options(layout: &str) -> ExportOptions {
    ExportOptions { layout: export_layout(layout).expect("a layout"), packing: Packing::Plain, outcome: false }
}

/// The last version of each row of an account.
fn latest<'c>(case: &'c Case, account: &str) -> Vec<&'c TransactionObject> {
    let mut last: BTreeMap<&str, &TransactionObject> = BTreeMap::new();
    for row in case.transactions.iter().filter(|row| &*row.account == account) {
        let kept = last.entry(&row.id).or_insert(row);
        if kept.updated < row.updated {
            *kept = row;
        }
    }
    last.into_values().collect()
}

/// Opening + posted = snapshot, and snapshot + pending = available, for every account that tells.
fn assert_consistent(case: &Case) -> usize {
    let mut told = 0;
    for (account, opening) in case.accounts.iter().zip(&case.openings) {
        let Some(balance) = account.balance.filter(|_| account.permissions.transactions) else { continue };
        let rows = latest(case, &account.id);
        let sum = |status| rows.iter().filter(|row| row.status == status).map(|row| row.amount).sum::<i64>();
        assert_eq!(opening + sum(TransactionStatus::Posted), balance.current, "{}", account.id);
        if let Some(available) = balance.available {
            // A hold that is still open is a pending row, but not yet money that the bank holds back.
            let holds: i64 = case
                .transactions
                .iter()
                .zip(&case.tags)
                .filter(|(row, tag)| {
                    row.account == account.id && **tag == Tag::Hold && row.status == TransactionStatus::Pending
                })
                .filter(|(row, _)| rows.iter().any(|last| std::ptr::eq(*last, *row)))
                .map(|(row, _)| row.amount)
                .sum();
            assert_eq!(balance.current + sum(TransactionStatus::Pending) - holds, available, "{}", account.id);
        }
        assert!(rows.iter().all(|row| row.posted_at.is_none_or(|at| at < balance.as_of)));
        told += 1;
    }
    told
}

#[test]
fn the_snapshot_is_the_opening_plus_all_posted_rows() {
    for (preset, ..) in Preset::ALL {
        let told: usize = cases(&spec(*preset, 150)).map(|case| assert_consistent(&case)).sum();
        assert!(150 < told);
    }
    for persona in personas() {
        assert!(0 < assert_consistent(&persona.case), "{}", persona.name);
    }
}

#[test]
fn a_cut_history_still_adds_up_to_its_snapshot() {
    for case in cases(&spec(Preset::Mixed, 60)) {
        let cut = case.cut(90);
        assert_consistent(&cut);
        let from = (i64::from(case.as_of().0) - 90) * 86_400;
        assert!(cut.transactions.iter().all(|row| from <= row.posted_at.unwrap_or(row.transacted_at)));
        assert_eq!(case.cut(4_000), case);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_every_layout() {
    let spec = Spec {
        damage: Some(DamagePlan { share: 0.01, kinds: Damage::ALL.iter().map(|row| row.0).collect() }),
        ..spec(Preset::Mixed, 12)
    };
    for layout in EXPORTS {
        let files = |seed: u64| {
            let dir = tempfile::tempdir().expect("a directory");
            let spec = Spec { seed, ..spec.clone() };
            let written = write(&spec, dir.path(), &options(layout.name)).expect("writes");
            [written.exported.applications, written.exported.accounts, written.exported.transactions, written.truth]
                .map(|path| std::fs::read(path).expect("reads"))
        };
        assert_eq!(files(5), files(5), "{}", layout.name);
        assert_ne!(files(5)[2], files(6)[2], "{}", layout.name);
    }
}

#[test]
fn a_case_depends_on_its_index_and_not_on_the_portfolio() {
    let few: Vec<Case> = cases(&spec(Preset::Mixed, 5)).collect();
    let many: Vec<Case> = cases(&spec(Preset::Mixed, 50)).take(5).collect();
    assert_eq!(few, many);
    assert_eq!(few[4], case(&spec(Preset::Mixed, 1), 4));
}

#[test]
fn outcomes_and_true_probabilities_keep_the_stated_base_rate() {
    for (preset, name, rate, _) in Preset::ALL {
        let n = 20_000;
        let spec = spec(*preset, n);
        let fates: Vec<_> = (0..n).map(|index| fate(&spec, index)).collect();
        let n = n as f64;
        let bad = fates.iter().filter(|fate| fate.outcome).count() as f64;
        let mean = fates.iter().map(|fate| fate.probability).sum::<f64>() / n;
        // Four standard deviations of a binomial; the mean probability varies less than the outcomes do.
        let bound = 4.0 * (rate * (1.0 - rate) / n).sqrt();
        assert!((bad / n - rate).abs() < bound, "{name}: {}", bad / n);
        assert!((mean - rate).abs() < bound, "{name}: {mean}");
    }
    let one = spec(Preset::Mixed, 1);
    assert!(case(&one, 0).truth.probability == fate(&one, 0).probability);
}

#[test]
fn cash_flow_tells_of_the_risk_without_giving_it_away() {
    for (preset, name, ..) in Preset::ALL {
        let mut rows: Vec<(f64, bool)> =
            cases(&spec(*preset, 2_500)).map(|case| (cash_flow_risk(&case), case.truth.outcome)).collect();
        let auc = auc(&mut rows);
        // Aimed at 0.75 to 0.85 for a good score; the crude view's standard error is about 0.02.
        assert!(0.70 < auc && auc < 0.88, "{name}: {auc:.3}");
    }
}

#[test]
fn ids_are_unique_and_applicants_come_in_order() {
    for preset in [Preset::Mixed, Preset::Prime] {
        let spec = Spec { couple_share: 0.2, relink_share: 0.1, ..spec(preset, 300) };
        let (mut accounts, mut rows, mut last) = (BTreeSet::new(), BTreeSet::new(), String::new());
        for case in cases(&spec) {
            assert!(case.accounts.windows(2).all(|pair| pair[0].id < pair[1].id));
            for row in &case.applications {
                assert!(last < row.applicant_id);
                last.clone_from(&row.applicant_id);
            }
            assert!(
                case.accounts
                    .iter()
                    .all(|account| case.applications.iter().any(|row| row.applicant_id == account.holder))
            );
            for account in case.accounts {
                assert!(accounts.insert(account.id));
            }
            for row in case.transactions {
                assert!(rows.insert((row.id, row.updated)), "a version twice");
            }
        }
    }
}

#[test]
fn rows_stay_in_the_exports_days_and_their_times_agree_with_their_status() {
    let spec = Spec { late_share: 0.5, ..spec(Preset::Mixed, 200) };
    let (mut versions, mut after) = (0, 0);
    for case in cases(&spec) {
        let as_of = i64::from(case.as_of().0) * 86_400;
        for row in &case.transactions {
            assert!(as_of - 181 * 86_400 < row.transacted_at && row.transacted_at < as_of + 3 * 86_400);
            assert!(row.transacted_at <= row.updated && row.updated < as_of + 3 * 86_400);
            assert_eq!(row.posted_at.is_some(), row.status == TransactionStatus::Posted);
            assert_eq!(row.void_at.is_some(), row.status == TransactionStatus::Void);
            assert!(row.posted_at.is_none_or(|at| row.transacted_at <= at && at <= row.updated));
            after += usize::from(as_of <= row.transacted_at);
        }
        let ids: BTreeSet<&str> = case.transactions.iter().map(|row| row.id.as_str()).collect();
        versions += case.transactions.len() - ids.len();
    }
    assert!(0 < versions && 0 < after);
}

#[test]
fn descriptions_have_thousands_of_shapes() {
    let mut shapes: BTreeSet<String> = BTreeSet::new();
    for case in cases(&spec(Preset::Mixed, 300)) {
        for row in &case.transactions {
            shapes.insert(
                row.description.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect(),
            );
        }
    }
    assert!(10_000 < shapes.len(), "{}", shapes.len());
}

#[test]
fn swapped_income_texts_change_nothing_but_texts() {
    for case in cases(&spec(Preset::SubprimeGig, 30)) {
        let swapped = IncomeText::ALL.map(|kind| case.with_income_text(kind));
        for other in &swapped {
            assert_eq!((&other.accounts, &other.tags), (&case.accounts, &case.tags));
            for (old, new) in case.transactions.iter().zip(&other.transactions) {
                assert_eq!(
                    TransactionObject { description: String::new(), ..old.clone() },
                    TransactionObject { description: String::new(), ..new.clone() }
                );
            }
        }
        let split = case.with_income_split(IncomeText::Benefit, 60);
        let sum = |case: &Case| case.transactions.iter().map(|row| row.amount).sum::<i64>();
        let incomes = case.tags.iter().filter(|tag| tag.is_income()).count();
        assert_eq!(sum(&split), sum(&case));
        assert_eq!(split.transactions.len(), case.transactions.len() + incomes);
        if 0 < incomes {
            assert_ne!(swapped[0].transactions, swapped[2].transactions);
        }
    }
}

#[test]
fn shuffling_and_renaming_keep_the_rows() {
    let case = case(&spec(Preset::Prime, 1), 0);
    let shuffled = case.shuffled(3);
    assert_ne!(shuffled.transactions, case.transactions);
    let key = |row: &TransactionObject| (row.id.clone(), row.updated);
    let sorted = |case: &Case| {
        let mut rows: Vec<_> = case.transactions.iter().cloned().zip(case.tags.clone()).collect();
        rows.sort_by_key(|(row, _)| key(row));
        rows
    };
    assert_eq!(sorted(&shuffled), sorted(&case));
    let renamed = case.with_names(4);
    assert_eq!(renamed.transactions.len(), case.transactions.len());
    assert!(renamed.transactions.iter().zip(&case.transactions).all(|(a, b)| a.id == b.id && a.amount == b.amount));
    let rows = case.rows().filter(|row| matches!(row, Row::Transaction(_))).count();
    assert_eq!(rows, case.transactions.len());
}

#[test]
fn damaged_rows_stand_where_the_list_says() {
    let kinds = vec![Damage::BadAmount, Damage::InvalidUtf8, Damage::UnknownStatus];
    let spec = Spec { damage: Some(DamagePlan { share: 0.02, kinds }), ..spec(Preset::Prime, 20) };
    let dir = tempfile::tempdir().expect("a directory");
    let written = write(&spec, dir.path(), &options("csv-pandas")).expect("writes");
    let share = written.exported.damaged.len() as f64 / written.transactions as f64;
    // Four standard deviations at 2 % of some 10,000 rows.
    assert!((share - 0.02).abs() < 4.0 * (0.02_f64 * 0.98 / written.transactions as f64).sqrt());
    let bytes = std::fs::read(&written.exported.transactions).expect("reads");
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for row in &written.exported.damaged {
        let line = lines[usize::try_from(row.line).expect("small") - 1];
        let text = String::from_utf8_lossy(line);
        let found = match row.damage {
            Damage::BadAmount => text.split(',').nth(3).is_some_and(|amount| amount.contains('.')),
            Damage::InvalidUtf8 => std::str::from_utf8(line).is_err(),
            _ => text.contains(",settled,"),
        };
        assert!(found, "{row:?}");
    }
    let list = std::fs::read_to_string(written.damage.expect("asked for")).expect("reads");
    assert_eq!(list.lines().count(), written.exported.damaged.len() + 1);
}

fn sample_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample")
}

#[test]
fn the_personas_come_in_the_order_of_their_ids() {
    let ids: Vec<String> = personas()
        .iter()
        .flat_map(|persona| persona.case.applications.iter().map(|row| row.applicant_id.clone()).collect::<Vec<_>>())
        .collect();
    assert_eq!(ids.len(), 10);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn nine_personas_have_places_from_one_to_seven_and_two_are_not_scorable() {
    let personas = personas();
    assert_eq!(personas.len(), 9);
    let places: BTreeSet<u32> = personas.iter().filter_map(|persona| persona.place).collect();
    assert_eq!(places, (1..=7).collect());
    let unplaced: Vec<&str> =
        personas.iter().filter(|persona| persona.place.is_none()).map(|persona| persona.name).collect();
    assert_eq!(unplaced, ["merchant", "thin"]);
    let tags = |name: &str| personas.iter().find(|persona| persona.name == name).expect("named").case.tags.clone();
    let count = |name: &str, tag: Tag| tags(name).iter().filter(|other| **other == tag).count();
    assert!(10 < count("overdrafter", Tag::OverdraftFee));
    assert!(10 < count("advance_stacker", Tag::Advance) && 0 < count("advance_stacker", Tag::Payday));
    assert_eq!(count("merchant", Tag::McaFunding), 2);
    for calm in ["couple", "two_jobs", "relinked", "benefits", "gig_driver"] {
        assert_eq!(tags(calm).iter().filter(|tag| tag.is_shortage()).count(), 0, "{calm}");
    }
}

#[test]
fn the_sample_is_what_the_generator_writes() {
    let dir = tempfile::tempdir().expect("a directory");
    let written = write_cases(personas().into_iter().map(|persona| persona.case), None, dir.path(), &options("ndjson"))
        .expect("writes");
    std::fs::write(dir.path().join("README.md"), crate::persona::readme()).expect("writes");
    let names = ["README.md", "accounts.ndjson", "applications.csv", "transactions.ndjson"];
    let mut size = 0;
    for name in names {
        let new = std::fs::read(dir.path().join(name)).expect("reads");
        size += new.len();
        let path = sample_dir().join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(sample_dir()).expect("makes");
            std::fs::write(&path, &new).expect("writes");
        }
        let old = std::fs::read(&path).unwrap_or_default();
        assert!(old == new, "{name} is stale: run the test with UPDATE=1");
    }
    assert!(size < 1_500_000, "{size}");
    assert_eq!(written.applications, 9);
}

/// A row as text without its place in a file: what two doors must agree on.
fn key(row: &Row<'_>) -> Option<String> {
    let source = cashline_core::defect::Source::default();
    Some(match row {
        Row::Transaction(row) => format!("{:?}", cashline_core::row::TransactionRow { source, ..*row }),
        Row::Balance(row) => format!("{:?}", cashline_core::row::BalanceRow { source, ..row.clone() }),
        Row::Application(row) => format!("{:?}", cashline_core::row::ApplicationRow { source, ..row.clone() }),
        // An event knows when it was sent, other layouts do not.
        Row::Account(row) => {
            format!("{:?}", cashline_core::row::AccountRow { source, known_at: None, ..row.clone() })
        }
        Row::Correction(_) | Row::Truncated { .. } => return None,
    })
}

#[test]
fn the_doors_read_every_layout_as_the_rows_that_were_generated() {
    use cashline_io::{
        input::Inputs,
        read::{Item, LAYOUTS, ReadOptions},
    };
    let spec = spec(Preset::Mixed, 25);
    let generated: Vec<Case> = cases(&spec).collect();
    let expected: BTreeSet<String> = generated.iter().flat_map(Case::rows).filter_map(|row| key(&row)).collect();
    for layout in EXPORTS {
        let dir = tempfile::tempdir().expect("a directory");
        let written = write(&spec, dir.path(), &options(layout.name)).expect("writes").exported;
        let mut read: BTreeSet<String> = BTreeSet::new();
        let options = ReadOptions::default();
        let paths = [&written.applications, &written.accounts, &written.transactions];
        for file in Inputs::discover(&paths, &options).expect("known layouts").files {
            let mut sink = |item: Item<'_>| {
                match &item {
                    Item::Row(row) => read.extend(key(row)),
                    other => panic!("{}: {other:?}", layout.name),
                }
                Ok(())
            };
            (LAYOUTS[file.layout].read)(&file, &options, &mut sink).expect("reads");
        }
        let missing = expected.difference(&read).next();
        let surplus = if layout.name == "events" { None } else { read.difference(&expected).next() };
        assert_eq!((missing, surplus), (None, None), "{}", layout.name);
    }
}
