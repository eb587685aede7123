//! Twins found again in a portfolio in which they were planted, beside pairs that only look alike.
#![expect(clippy::print_stderr, reason = "the counts behind what is asserted")]

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::{
    engine::Engine,
    history::HistoryBuilder,
    relinks::{self, Account, Relation, Twin},
};

use crate::{Case, Plant, Planted, Preset, Spec, cases, plant_twins};

const SEED: u64 = 11;
const APPLICATIONS: u64 = 2_000;

/// Ids of two accounts, the smaller first.
type Pair = (String, String);

fn planted() -> (Vec<Case>, Vec<Planted>) {
    let spec = Spec {
        preset: Preset::Mixed,
        relink_share: 0.1,
        couple_share: 0.1,
        late_share: 0.0,
        ..Spec::new(SEED, APPLICATIONS)
    };
    let mut cases: Vec<Case> = cases(&spec).collect();
    let planted = plant_twins(&mut cases, SEED);
    (cases, planted)
}

/// What two accounts are: of the pair itself where it was planted, else through others that are one with both.
fn truth(planted: &[Planted]) -> BTreeMap<Pair, BTreeSet<Plant>> {
    let mut truth: BTreeMap<Pair, BTreeSet<Plant>> = BTreeMap::new();
    for one in planted.iter().filter(|one| one.plant.is_one()) {
        truth.entry((one.account_a.clone(), one.account_b.clone())).or_default().insert(one.plant);
    }
    loop {
        let mut more = vec![];
        for ((a, b), of_ab) in &truth {
            for ((c, d), of_cd) in &truth {
                let ends = match () {
                    () if a == c && b != d => (b, d),
                    () if b == d && a != c => (a, c),
                    () if b == c && a != d => (a, d),
                    () => continue,
                };
                let key =
                    if ends.0 < ends.1 { (ends.0.clone(), ends.1.clone()) } else { (ends.1.clone(), ends.0.clone()) };
                if !truth.contains_key(&key) {
                    more.push((key, of_ab.union(of_cd).copied().collect()));
                }
            }
        }
        if more.is_empty() {
            return truth;
        }
        truth.extend(more);
    }
}

fn found(cases: &[Case]) -> Vec<Twin> {
    let engine = Engine::builtin().expect("shipped files agree");
    let mut session = engine.session();
    let mut accounts: Vec<Account> = vec![];
    for case in cases {
        let mut rows = HistoryBuilder::new();
        case.rows().for_each(|row| rows.push(&row));
        let history = engine.history(&mut session, rows);
        accounts.extend(relinks::accounts(&history, &engine.institutions().names, engine.zone()));
    }
    accounts.sort_by(|one, other| one.print.account.cmp(&other.print.account));
    let prints: Vec<_> = accounts.iter().map(|account| account.print.clone()).collect();
    let candidates = relinks::candidates(&prints);
    eprintln!(
        "{} accounts, {} pairs to compare, {} marks too common, {} blocks too large",
        accounts.len(),
        candidates.pairs.len(),
        candidates.marks_too_common,
        candidates.blocks_too_large
    );
    let pairs = candidates.pairs.iter();
    pairs.filter_map(|(a, b)| relinks::judge(&accounts[*a as usize], &accounts[*b as usize])).collect()
}

#[test]
fn planted_twins_are_found_and_neighbours_of_one_employer_are_not() {
    let (cases, planted) = planted();
    let truth = truth(&planted);
    let found: BTreeMap<Pair, Twin> =
        found(&cases).into_iter().map(|twin| ((twin.account_a.clone(), twin.account_b.clone()), twin)).collect();
    let mut counts: BTreeMap<Plant, (usize, usize)> = BTreeMap::new();
    for one in &planted {
        let count = counts.entry(one.plant).or_default();
        count.0 += 1;
        count.1 += usize::from(found.contains_key(&(one.account_a.clone(), one.account_b.clone())));
    }
    for (plant, (all, hit)) in &counts {
        eprintln!("{plant:?}: {hit} of {all} reported as one");
        assert!(50 <= *all, "{plant:?}: {all} pairs are too few to say anything");
        // Of each kind, not over all of them.
        let (hit, all) = (*hit as f64, *all as f64);
        assert!(if plant.is_one() { 0.99 * all <= hit } else { hit == 0.0 }, "{plant:?}");
    }
    let right = found.keys().filter(|pair| truth.contains_key(*pair)).count();
    let recalled = truth.keys().filter(|pair| found.contains_key(*pair)).count();
    eprintln!("precision {right} of {}, recall {recalled} of {}", found.len(), truth.len());
    assert!(0.99 * found.len() as f64 <= right as f64, "precision");
    assert!(0.99 * truth.len() as f64 <= recalled as f64, "recall");
    let mut wrong = vec![];
    for (pair, twin) in &found {
        let Some(plants) = truth.get(pair) else { continue };
        let expected = match () {
            () if plants.contains(&Plant::Copied) => Relation::CopiedHistory,
            () if plants.len() == 1 && plants.contains(&Plant::Relinked) => Relation::Relink,
            () => Relation::Shared,
        };
        if twin.relation != expected {
            wrong.push((pair, twin.relation, plants));
        }
    }
    assert!(wrong.len() * 100 <= found.len(), "{wrong:?}");
}
