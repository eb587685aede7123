use super::*;
use crate::row::{AccountNumbers, NumberStatus};

const T: Day = Day(20_000);

fn watch() -> Watch {
    Watch {
        application_id: "app_1".to_owned(),
        applicant_id: "cus_1".to_owned(),
        as_of: i64::from(T.0) * 86_400,
        day: T,
        status: "scored".to_owned(),
        model_id: "m1".to_owned(),
        score: Some(600),
        band: Some("C".to_owned()),
        anchor: Some(600),
        points: BTreeMap::from([("a".to_owned(), 30), ("b".to_owned(), 10)]),
        income_stopped: false,
        income_unsure: false,
        values: vec![
            Reading::Number(10),
            Reading::Number(1),
            Reading::Missing(Missing::NoSuchEvent),
            Reading::Number(30),
            Reading::Number(1),
        ],
        accounts: vec![account("fca_1", AccountStatus::Active, None)],
    }
}

fn account(id: &str, status: AccountStatus, deactivation: Option<Deactivation>) -> WatchedAccount {
    WatchedAccount { id: id.to_owned(), links: vec![id.to_owned()], status, deactivation, numbers: None }
}

/// Numbers that end so many days after T.
fn numbers(status: NumberStatus, days: Option<i32>) -> Option<Numbers> {
    let expires = days.map(|days| i64::from(T.0 + days) * 86_400);
    Some(Numbers { known: AccountNumbers { status, expires }, is_announced: false })
}

/// The answer of so many days later, ages grown accordingly.
fn later(was: &Watch, days: i32) -> Watch {
    let mut is = was.clone();
    is.as_of += i64::from(days) * 86_400;
    is.day = is.day.plus(days);
    let grows = [true, false, true, true, true];
    for (value, grows) in is.values.iter_mut().zip(grows) {
        if let (Reading::Number(number), true) = (&mut *value, grows) {
            *number += i64::from(days);
        }
    }
    is
}

fn set(watch: &mut Watch, name: &str, reading: Reading) {
    let at = WATCHED.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{name} is watched"));
    watch.values[at] = reading;
}

fn kinds(was: &Watch, is: &Watch) -> Vec<&'static str> {
    compare(Some(was), is.clone(), Limits::default()).0.iter().map(|event| event.kind).collect()
}

/// Every kind, by the one thing that is planted.
fn planted() -> Vec<(&'static str, Watch, Watch)> {
    let was = watch();
    let next = || later(&was, 1);
    let with = |change: &dyn Fn(&mut Watch)| {
        let mut is = next();
        change(&mut is);
        is
    };
    let near = Deactivation::At(i64::from(T.0 + 5) * 86_400);
    let long_quiet = {
        let mut quiet = was.clone();
        set(&mut quiet, "income_stream_active_count", Reading::Number(0));
        set(&mut quiet, "days_since_income", Reading::Number(INCOME_STOPPED_DAYS));
        quiet
    };
    let mut quieter = was.clone();
    set(&mut quieter, "data_age_days_last_txn", Reading::Number(STALE_DAYS));
    vec![
        ("status_changed", was.clone(), with(&|is| is.status = "incomplete_data".to_owned())),
        ("score_moved", was.clone(), with(&|is| is.score = Some(600 - MOVED_POINTS))),
        ("band_changed", was.clone(), with(&|is| is.band = Some("D".to_owned()))),
        ("income_stopped", was.clone(), with(&|is| set(is, "income_stream_active_count", Reading::Number(0)))),
        ("income_stopped", long_quiet.clone(), later(&long_quiet, 1)),
        ("new_loan_seen", was.clone(), with(&|is| set(is, "days_since_loan_disbursement", Reading::Number(3)))),
        ("new_loan_seen", was.clone(), with(&|is| set(is, "days_since_short_term_credit", Reading::Number(1)))),
        (
            "account_inactive",
            was.clone(),
            with(&|is| is.accounts = vec![account("fca_1", AccountStatus::Inactive, None)]),
        ),
        (
            "account_disconnected",
            was.clone(),
            with(&|is| is.accounts = vec![account("fca_1", AccountStatus::Disconnected, None)]),
        ),
        (
            "authorisation_expiring",
            was.clone(),
            with(&|is| is.accounts = vec![account("fca_1", AccountStatus::Active, Some(near))]),
        ),
        (
            "account_number_expiring",
            was.clone(),
            with(&|is| is.accounts[0].numbers = numbers(NumberStatus::Transactable, Some(5))),
        ),
        ("data_stale", quieter.clone(), later(&quieter, 1)),
    ]
}

#[test]
fn each_kind_is_found_where_it_is_planted_and_no_other_is() {
    for (kind, was, is) in planted() {
        assert_eq!(kinds(&was, &is), [kind]);
    }
    let found: std::collections::BTreeSet<&str> = planted().iter().map(|planted| planted.0).collect();
    assert_eq!(found, KINDS.iter().map(|kind| kind.name).collect(), "every kind is planted");
}

#[test]
fn what_stays_as_it_is_makes_no_event_again() {
    for (kind, was, is) in planted() {
        let (_, kept) = compare(Some(&was), is, Limits::default());
        let next = later(&kept, 1);
        assert_eq!(kinds(&kept, &next), [""; 0], "the night after {kind}");
    }
    assert_eq!(kinds(&watch(), &later(&watch(), 1)), [""; 0]);
}

#[test]
fn the_first_answer_and_a_look_back_make_no_event() {
    let (_, was, is) = planted().remove(1);
    assert_eq!(compare(None, is.clone(), Limits::default()), (vec![], is.clone()));
    assert_eq!(compare(Some(&is), was, Limits::default()), (vec![], is));
}

#[test]
fn a_slow_drift_is_told_when_it_has_come_far_enough() {
    // Seven points a night against the 20 of the default: 600, 593, 586, 579.
    let mut was = watch();
    let mut told = vec![];
    for score in [593, 586, 579, 572] {
        // All of it by `b`, which had ten points at 600.
        let points = BTreeMap::from([("a".to_owned(), 30), ("b".to_owned(), 10 + score - 600)]);
        let is = Watch { score: Some(score), points, ..later(&was, 1) };
        let (events, kept) = compare(Some(&was), is, Limits::default());
        told.extend(events.into_iter().map(|event| (event.from, event.to, event.evidence)));
        was = kept;
    }
    let evidence = vec![("b".to_owned(), "-21".to_owned())];
    assert_eq!(told, [(Some("600".to_owned()), Some("579".to_owned()), evidence)]);
}

#[test]
fn a_band_that_changed_over_a_night_without_a_score_is_told_when_the_next_score_comes() {
    let was = watch();
    let without = Watch { status: "incomplete_data".to_owned(), score: None, band: None, ..later(&was, 1) };
    let (events, kept) = compare(Some(&was), without.clone(), Limits::default());
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), ["status_changed"]);
    // The score moves by less than is told, over the edge of a band.
    let next = Watch { score: Some(590), band: Some("D".to_owned()), ..later(&was, 2) };
    let (events, _) = compare(Some(&kept), next.clone(), Limits::default());
    let told: Vec<_> = events.into_iter().map(|event| (event.kind, event.from, event.to)).collect();
    let of = |kind, from: &str, to: &str| (kind, Some(from.to_owned()), Some(to.to_owned()));
    assert_eq!(told, [of("status_changed", "incomplete_data", "scored"), of("band_changed", "C", "D")]);
    // Of another model it says nothing.
    let other = Watch { model_id: "m2".to_owned(), ..without };
    let (_, kept) = compare(Some(&was), other, Limits::default());
    let next = Watch { model_id: "m2".to_owned(), ..next };
    assert_eq!((kinds(&kept, &next), kept.band), (vec!["status_changed"], None));
}

#[test]
fn scores_and_bands_of_two_models_are_not_compared() {
    let was = watch();
    let other = Watch { model_id: "m2".to_owned(), score: Some(300), band: Some("E".to_owned()), ..later(&was, 1) };
    let (events, kept) = compare(Some(&was), other, Limits::default());
    assert_eq!((events, kept.anchor), (vec![], Some(300)));
}

#[test]
fn an_account_that_a_relink_renamed_is_the_same_and_one_that_was_not_there_has_not_changed() {
    let was = watch();
    let merged = WatchedAccount {
        links: vec!["fca_0".to_owned(), "fca_1".to_owned()],
        ..account("fca_0", AccountStatus::Inactive, None)
    };
    assert_eq!(kinds(&was, &Watch { accounts: vec![merged], ..later(&was, 1) }), ["account_inactive"]);
    let new = vec![was.accounts[0].clone(), account("fca_2", AccountStatus::Inactive, None)];
    assert_eq!(kinds(&was, &Watch { accounts: new, ..later(&was, 1) }), [""; 0]);
}

#[test]
fn an_authorisation_is_told_when_it_comes_near_and_again_when_its_end_moves() {
    let with = |watch: &Watch, end| Watch {
        accounts: vec![account("fca_1", AccountStatus::Active, Some(end))],
        ..watch.clone()
    };
    let at = |days: i32| Deactivation::At(i64::from(T.0 + days) * 86_400);
    // T + 15 days is not within 14 days of T, and is within 14 days of the T after the next.
    let far = with(&watch(), at(15));
    let nearer = with(&later(&watch(), 1), at(15));
    let near = with(&later(&watch(), 2), at(15));
    assert_eq!(kinds(&far, &nearer), [""; 0]);
    assert_eq!(kinds(&nearer, &near), ["authorisation_expiring"]);
    assert_eq!(kinds(&near, &with(&later(&near, 1), at(10))), ["authorisation_expiring"]);
    assert_eq!(kinds(&watch(), &with(&later(&watch(), 1), Deactivation::Announced)), ["authorisation_expiring"]);
}

#[test]
fn an_account_number_is_told_when_its_end_is_near_announced_or_there_and_again_when_that_changes() {
    let with = |watch: &Watch, numbers| {
        let mut watch = watch.clone();
        watch.accounts[0].numbers = numbers;
        watch
    };
    let told = |was: &Watch, is: &Watch| -> Vec<(Option<String>, Option<String>)> {
        let events = compare(Some(was), is.clone(), Limits::default()).0;
        assert!(events.iter().all(|event| event.kind == "account_number_expiring"));
        events.into_iter().map(|event| (event.from, event.to)).collect()
    };
    use NumberStatus::{Deactivated, Expired, Transactable};
    let announced = Numbers { is_announced: true, ..numbers(Transactable, None).expect("some") };
    // T + 15 days is not within 14 days of the next night's T, T + 1, but within those of the night after. 20,010 is 2024-10-14.
    let far = with(&watch(), numbers(Transactable, Some(15)));
    let nearer = with(&later(&watch(), 1), numbers(Transactable, Some(15)));
    let near = with(&later(&watch(), 2), numbers(Transactable, Some(10)));
    let dead = with(&later(&watch(), 3), numbers(Expired, Some(10)));
    let day = Some("2024-10-14".to_owned());
    assert_eq!(told(&far, &nearer), []);
    assert_eq!(told(&nearer, &near), [(None, day.clone())]);
    assert_eq!(told(&near, &later(&near, 1)), []);
    assert_eq!(told(&near, &dead), [(day, Some("expired".to_owned()))]);
    let of = |numbers| told(&watch(), &with(&later(&watch(), 1), numbers));
    assert_eq!(of(Some(announced)), [(None, Some("announced".to_owned()))]);
    assert_eq!(of(numbers(Deactivated, None)), [(None, Some("deactivated".to_owned()))]);
    assert_eq!(of(numbers(NumberStatus::Pending, None)), []);
}

#[test]
fn income_that_comes_again_can_stop_again() {
    let stop = |was: &Watch| {
        let mut is = later(was, 1);
        set(&mut is, "income_stream_active_count", Reading::Number(0));
        compare(Some(was), is, Limits::default())
    };
    let (first, stopped) = stop(&watch());
    assert_eq!(first.len(), 1);
    let mut again = later(&stopped, 5);
    set(&mut again, "income_stream_active_count", Reading::Number(1));
    set(&mut again, "days_since_income", Reading::Number(1));
    set(&mut again, "data_age_days_last_txn", Reading::Number(1));
    let (none, paid) = compare(Some(&stopped), again, Limits::default());
    assert_eq!((none, paid.income_stopped), (vec![], false));
    assert_eq!(stop(&paid).0.len(), 1);
}

#[test]
fn income_that_is_missed_while_all_data_is_silent_is_told_when_rows_come_again() {
    let mut silent = watch();
    set(&mut silent, "data_age_days_last_txn", Reading::Number(STALE_DAYS + 1));
    let compare = |was: &Watch, is: Watch| {
        let (events, kept) = compare(Some(was), is, Limits::default());
        (events.iter().map(|event| event.kind).collect::<Vec<_>>(), kept)
    };
    let mut is = later(&silent, 1);
    set(&mut is, "income_stream_active_count", Reading::Number(0));
    let (none, unsure) = compare(&silent, is);
    assert_eq!((none, unsure.income_unsure, unsure.income_stopped), (vec![], true, false));
    // Nor is it told after 45 days of silence.
    let (none, unsure) = compare(&unsure, later(&unsure, 40));
    assert_eq!((none, unsure.income_unsure), (vec![], true));
    let mut rows = later(&unsure, 1);
    set(&mut rows, "data_age_days_last_txn", Reading::Number(STALE_DAYS));
    let (told, stopped) = compare(&unsure, rows.clone());
    assert_eq!((told, stopped.income_unsure, stopped.income_stopped), (vec!["income_stopped"], false, true));
    assert_eq!(compare(&stopped, later(&stopped, 0)).0, [""; 0]);
    // Income among the rows: nothing has stopped.
    set(&mut rows, "days_since_income", Reading::Number(9));
    set(&mut rows, "income_stream_active_count", Reading::Number(1));
    let (none, goes_on) = compare(&unsure, rows);
    assert_eq!((none, goes_on.income_unsure, goes_on.income_stopped), (vec![], false, false));
}

#[test]
fn what_a_state_kept_before_it_knew_of_silent_data_is_read() {
    let mut kept = serde_json::to_value(watch()).expect("plain");
    kept.as_object_mut().expect("an object").remove("income_unsure");
    assert_eq!(serde_json::from_value::<Watch>(kept).expect("reads"), watch());
}

#[test]
fn a_loan_of_a_history_that_was_hidden_is_not_new() {
    let mut was = watch();
    set(&mut was, "days_since_loan_disbursement", Reading::Missing(Missing::NotEnoughHistory));
    let mut is = later(&was, 1);
    set(&mut is, "days_since_loan_disbursement", Reading::Number(40));
    assert_eq!(kinds(&was, &is), [""; 0]);
}

#[test]
fn what_is_watched_is_in_the_registry_and_whole() {
    let engine = Engine::builtin().expect("shipped files agree");
    for name in WATCHED {
        assert!(engine.registry().column(name).is_some(), "{name}");
    }
}

#[test]
fn of_data_in_doubt_nothing_is_told_but_the_doubt_and_the_next_sound_answer_is_compared_with_the_last_sound_one() {
    let was = watch();
    let mut doubt = later(&was, 10);
    doubt.status = "incomplete_data".to_owned();
    set(&mut doubt, "income_stream_active_count", Reading::Number(0));
    set(&mut doubt, "data_age_days_last_txn", Reading::Number(11));
    let (events, kept) = compare(Some(&was), doubt, Limits::default());
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), ["status_changed"]);
    // Eleven days on nothing is in doubt, and no row has come for twelve: that is told now.
    let mut sound = later(&was, 11);
    set(&mut sound, "data_age_days_last_txn", Reading::Number(12));
    assert_eq!(kinds(&kept, &sound), ["status_changed", "data_stale"]);
    // Of an application that was refused the accounts are not known; they did not go.
    let refused = Watch { status: "rejected_input".to_owned(), accounts: vec![], ..later(&was, 1) };
    let (_, kept) = compare(Some(&was), refused, Limits::default());
    let mut lost = later(&was, 2);
    lost.accounts[0].status = AccountStatus::Disconnected;
    assert_eq!(kinds(&kept, &lost), ["status_changed", "account_disconnected"]);
    // A first answer that is in doubt says nothing to compare with.
    let mut first = watch();
    first.status = "incomplete_data".to_owned();
    let (_, kept) = compare(None, first, Limits::default());
    let mut sound = later(&was, 1);
    set(&mut sound, "days_since_loan_disbursement", Reading::Number(1));
    assert_eq!(kinds(&kept, &sound), ["status_changed"]);
}

#[test]
fn the_movers_of_a_score_are_characteristics_of_either_card_and_the_base_points_and_add_up() {
    let was = watch();
    // 600 = 560 + 30 + 10 before; 550 = 525 + 25 by a card that does not read b: base -35, a -5, b -10.
    let mut is = later(&was, 1);
    is.score = Some(550);
    is.points = BTreeMap::from([("a".to_owned(), 25)]);
    let (events, _) = compare(Some(&was), is, Limits::default());
    let shown: Vec<(&str, &str)> = events[0].evidence.iter().map(|(name, by)| (name.as_str(), by.as_str())).collect();
    assert_eq!(shown, [("base_points", "-35"), ("b", "-10"), ("a", "-5")]);
}

#[test]
fn an_account_that_joins_with_its_end_near_is_told() {
    let was = watch();
    let near = Deactivation::At(i64::from(T.0 + 5) * 86_400);
    let mut is = later(&was, 1);
    is.accounts.push(account("fca_2", AccountStatus::Active, Some(near)));
    assert_eq!(kinds(&was, &is), ["authorisation_expiring"]);
    is.accounts[1] = WatchedAccount {
        numbers: numbers(NumberStatus::Transactable, Some(5)),
        ..account("fca_2", AccountStatus::Active, None)
    };
    assert_eq!(kinds(&was, &is), ["account_number_expiring"]);
    is.accounts[1] = account("fca_2", AccountStatus::Inactive, None);
    assert!(kinds(&was, &is).is_empty());
}
