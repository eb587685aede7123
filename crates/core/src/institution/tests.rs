use super::*;
use crate::{
    application::Applicant,
    engine::{Engine, EngineParts},
    history::HistoryBuilder,
    row::{AccountRow, ApplicantRole, BalanceRow, Refresh, RefreshStatus, TransactionRow},
};

const DAY: i64 = 86_400;
const T: i64 = 20_500 * DAY;

fn application() -> Application {
    Application {
        application_id: "app_1".to_owned(),
        applicants: vec![Applicant { id: "cus_1".to_owned(), role: ApplicantRole::Primary, account_ids: vec![] }],
        as_of: T,
        requested_amount: None,
        term_months: None,
        instalment_amount: None,
        stated_income: None,
        currency: None,
        extras: vec![],
    }
}

/// An account: its id, its bank, days before T with a row, and whether it has a balance.
type Account<'a> = (&'a str, Option<&'a str>, &'a [i64], bool);

/// The answer's words about institutions when `known` is known.
fn told(accounts: &[Account<'_>], known: &[(&str, [Verdict; 4])]) -> (Option<String>, u32, Vec<Provision>) {
    let mut parts = EngineParts::builtin().expect("shipped files agree");
    parts.institutions.known =
        Some(Known::of(known.iter().map(|(name, row)| ((*name).to_owned(), *row))).expect("each once"));
    let engine = Engine::new(parts).expect("agrees");
    let ids: Vec<String> = (0..1_000).map(|at| format!("t{at}")).collect();
    let mut next = ids.iter();
    let mut rows = HistoryBuilder::new();
    for (id, bank, days, has_balance) in accounts {
        rows.account(&AccountRow { institution_name: *bank, ..AccountRow::checking(id, "cus_1") });
        if *has_balance {
            rows.balance(&BalanceRow::reported(id, T - 60, 1_000));
        }
        for back in *days {
            let id_of_row = next.next().expect("enough");
            rows.transaction(&TransactionRow::posted(id_of_row, id, -100 - back, T - back * DAY));
        }
    }
    let history = engine.history(&mut engine.session(), rows);
    let answer = engine.assess(&mut engine.session(), &history, &application());
    (answer.institution, answer.institutions, answer.institution_limits)
}

#[test]
fn the_bank_of_the_account_with_most_rows_is_the_applications() {
    let check = |accounts: &[Account<'_>], bank: Option<&str>, banks: u32| {
        assert_eq!(told(accounts, &[]), (bank.map(str::to_owned), banks, vec![]), "{accounts:?}");
    };
    check(&[("a", Some("PNC Bank, N.A."), &[1, 2], true), ("b", Some("Chase"), &[1], true)], Some("pnc"), 2);
    // Two spellings are one bank.
    check(&[("a", Some("Chase - Personal"), &[1], true), ("b", Some("JPMorgan Chase"), &[1], true)], Some("chase"), 1);
    // Equal rows: the bytewise smaller name, whatever the ids say.
    check(&[("a", Some("Zeta Bank"), &[1], true), ("b", Some("Alpha Bank"), &[2], true)], Some("alpha bank"), 2);
    // The most used account does not say: the other bank is not taken for it.
    check(&[("a", None, &[1, 2], true), ("b", Some("Chase"), &[1], true)], None, 1);
    // Nothing but accounts: told all the same, so that a bank that gives nothing is seen.
    check(&[("a", Some("Zeta Bank"), &[], false)], Some("zeta bank"), 1);
    check(&[], None, 0);
}

#[test]
fn what_a_weak_bank_does_not_provide_is_said_and_what_a_borrower_lacks_is_not_excused() {
    use Provision::{Balances, Fresh, History};
    use Verdict::{DoesNotProvide, Few, Partly, Provides};
    let weak = [DoesNotProvide, Provides, DoesNotProvide, DoesNotProvide];
    let known =
        [("weak bank", weak), ("good bank", [Provides; 4]), ("new bank", [Few; 4]), ("so so bank", [Partly; 4])];
    let check =
        |accounts: &[Account<'_>], limits: &[Provision]| assert_eq!(told(accounts, &known).2, limits, "{accounts:?}");
    let (short, long): (&[i64], &[i64]) = (&[20, 30], &[1, 160]);
    check(&[("a", Some("Weak Bank"), short, false)], &[Balances, History, Fresh]);
    // Full data lacks nothing, wherever it comes from.
    check(&[("a", Some("Weak Bank"), long, true)], &[]);
    // Any other bank's short history is the borrower's; few or mixed accounts excuse nothing.
    for bank in ["Good Bank", "New Bank", "So So Bank", "Unheard Bank"] {
        check(&[("a", Some(bank), short, false)], &[]);
    }
    // An account at a bank that would have given more lacks it by itself: then the weak bank is no excuse.
    check(&[("a", Some("Weak Bank"), short, false), ("b", Some("Good Bank"), short, false)], &[]);
    // Balances lack at the weak bank alone; history is not short, because the other account is long.
    check(&[("a", Some("Weak Bank"), short, false), ("b", Some("Good Bank"), long, true)], &[Balances]);
}

#[test]
fn what_is_known_has_one_digest_and_one_row_a_bank() {
    let row = |name: &str, verdict| (name.to_owned(), [verdict; 4]);
    let known = |rows: Vec<(String, [Verdict; 4])>| Known::of(rows).expect("each once");
    let one = known(vec![row("a", Verdict::Few), row("b", Verdict::Partly)]);
    assert_eq!(one.digest(), known(vec![row("b", Verdict::Partly), row("a", Verdict::Few)]).digest());
    assert_ne!(one.digest(), known(vec![row("a", Verdict::Few), row("b", Verdict::Provides)]).digest());
    let twice = Known::of(vec![row("a", Verdict::Few), row("a", Verdict::Few)]).expect_err("twice");
    assert!(twice.to_string().starts_with("institution `a` stands twice"));
}

#[test]
fn a_refresh_that_found_nothing_counts_as_given_whatever_the_holders_other_accounts_show() {
    let engine = Engine::builtin().expect("shipped files agree");
    let given = |status: RefreshStatus, beside: bool| {
        let refresh = Refresh { status, last_attempted_at: Some(T - DAY) };
        let of_bank = |id, bank| AccountRow { institution_name: Some(bank), ..AccountRow::checking(id, "cus_1") };
        let mut rows = HistoryBuilder::new();
        rows.account(&AccountRow { transaction_refresh: Some(refresh), ..of_bank("quiet", "Quiet Bank") });
        if beside {
            rows.account(&of_bank("busy", "Busy Bank"));
            rows.transaction(&TransactionRow::posted("t", "busy", -100, T - DAY));
        }
        let history = engine.history(&mut engine.session(), rows);
        let ledger = engine.ledger(&history, &application()).ok();
        assert_eq!(ledger.is_some(), beside);
        let mut survey = Survey::default();
        engine
            .institutions()
            .sights(&history, &application(), ledger.as_ref())
            .into_iter()
            .for_each(|it| survey.add(it));
        let is_quiet = |row: &InstitutionRow| row.institution.as_ref().is_some_and(|name| name.starts_with("quiet"));
        let transactions = survey.rows().into_iter().find(is_quiet).expect("one bank").provisions[1];
        (transactions.given, transactions.accounts)
    };
    for beside in [false, true] {
        for (status, count) in [(RefreshStatus::Succeeded, 1), (RefreshStatus::Failed, 0)] {
            assert_eq!(given(status, beside), (count, 1), "{status:?} {beside}");
        }
    }
}
