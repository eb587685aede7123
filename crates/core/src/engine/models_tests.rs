//! What fitted models bring, through the whole engine: codes, special values, segments, probabilities.

use super::{
    tests::{application, assess_lines, edited, history_of, parts, refusal, steady},
    *,
};
use crate::{
    assessment::{Assessment, Side, Status},
    model::{
        calibration::{Calibration, CalibrationSample},
        file::{BinFile, CharacteristicFile, Holder, Kind, MissingPoints, ModelFile, ScoreBasis, SpecialFile},
        segmented::{CardFile, Condition, OnMissing, SegmentFile},
    },
    money::Currency,
    row::HolderKind,
    table::{self, Cell, RunFacts},
};

pub(super) fn characteristic(attribute: &str, bins: Vec<BinFile>) -> CharacteristicFile {
    CharacteristicFile {
        attribute: attribute.to_owned(),
        rationale: "why".to_owned(),
        source: "who".to_owned(),
        reason: None,
        neutral: 0,
        bins,
        special: vec![],
        missing: MissingPoints { other: Some(0), ..MissingPoints::default() },
        missing_rationale: None,
        missing_reason: None,
        against_risk: None,
    }
}

fn coded(codes: &[&str], points: i64) -> BinFile {
    BinFile { codes: codes.iter().map(|code| (*code).to_owned()).collect(), points, ..BinFile::default() }
}

pub(super) fn below(edge: f64, points: i64) -> BinFile {
    BinFile { below: Some(edge), points, ..BinFile::default() }
}

pub(super) fn sealed(mut parts: EngineParts) -> EngineParts {
    parts.model = parts.seal(&parts.model).expect("known attributes");
    parts
}

fn engine_with(edit: impl FnOnce(&mut ModelFile)) -> Engine {
    Engine::new(sealed(edited(edit))).expect("the parts agree")
}

fn adds_up(answer: &Assessment) {
    let sum: i64 = answer.characteristics.iter().map(|one| one.points).sum();
    assert_eq!(answer.score, Some(answer.base_points + sum));
}

#[test]
fn a_code_earns_points_and_its_reason_compares_it_with_the_neutral_codes() {
    let engine = engine_with(|file| {
        let bins = vec![coded(&["weekly", "semi_monthly"], 0), coded(&["biweekly"], -60), coded(&[], 9)];
        file.characteristics = vec![characteristic("pay_frequency", bins)];
    });
    // Paid every 14 days.
    let answer = assess_lines(&engine, &steady(), 250_000);
    let one = &answer.characteristics[0];
    assert_eq!((one.value, one.bin.as_str(), one.points), (Ok(Value::Code("biweekly")), "{biweekly}", -60));
    adds_up(&answer);
    let reason = &answer.reasons[0];
    assert_eq!((reason.code.as_str(), reason.side, reason.points), ("income_regularity", Side::Adverse, -60.0));
    assert!(
        reason.reviewer.contains("biweekly") && reason.reviewer.contains("weekly or semi_monthly"),
        "{}",
        reason.reviewer
    );
    // The seal holds the code on each probe.
    let seal = engine.model().file().made_with.clone().expect("sealed");
    assert!(seal.values.values().any(|values| values["pay_frequency"].starts_with("code: ")), "{:?}", seal.values);
}

#[test]
fn codes_stand_in_bins_of_codes_and_numbers_in_bins_of_numbers() {
    let reads = |attribute: &str, bins: Vec<BinFile>| {
        let attribute = attribute.to_owned();
        refusal(edited(|file| file.characteristics = vec![characteristic(&attribute, bins)]))
    };
    let (numbers, codes) = (vec![below(1.0, 5), coded(&[], 0)], vec![coded(&["weekly"], 5), coded(&[], 0)]);
    let code = reads("pay_frequency", numbers.clone());
    assert!(code.contains("codes have no order; give it bins of `codes`"), "{code}");
    let number = reads("active_days_90d", codes.clone());
    assert!(number.contains("numbers are no codes; give it bins with `below`"), "{number}");
    // Being a code gives no permission that the attribute lacks.
    let kept = reads("stacking_risk_band_90d", codes);
    assert!(kept.contains("only verify what was stated"), "{kept}");
    // A knock-out compares with a limit, and a code has none.
    let policy = include_str!("../../../../data/policy/example.toml");
    let text = policy.replacen("nsf_od_event_count_30d", "pay_frequency", 1);
    let policy = Policy::from_toml(&text).expect("valid by itself");
    let limit = refusal(EngineParts { policy, ..parts() });
    assert!(limit.contains("codes have no limits; use a number"), "{limit}");
}

#[test]
fn a_special_value_of_an_extra_column_reaches_the_answer() {
    let mut parts = edited(|file| {
        let mut one = characteristic("extra:bureau", vec![below(500.0, -30), below_none(40)]);
        one.reason = Some("debt_burden".to_owned());
        one.special = vec![SpecialFile { value: -9.0, meaning: Some("no file".to_owned()), points: 12 }];
        file.characteristics = vec![one];
    });
    parts.options.extras = vec!["bureau".to_owned()];
    let engine = Engine::new(sealed(parts)).expect("the parts agree");
    let history = history_of(&engine, None, &steady(), 200_000);
    let with = |extras: Vec<(String, f64)>| {
        let asked = Application { extras, ..application() };
        let answer = engine.assess(&mut engine.session(), &history, &asked);
        adds_up(&answer);
        (answer.characteristics[0].bin.clone(), answer.characteristics[0].points)
    };
    let bureau = |number: f64| vec![("bureau".to_owned(), number)];
    assert_eq!(with(bureau(-9.0)), ("special: -9".to_owned(), 12));
    assert_eq!(with(bureau(-8.0)), ("(-inf, 500)".to_owned(), -30));
    assert_eq!(with(bureau(500.0)), ("[500, inf)".to_owned(), 40));
    assert_eq!(with(vec![]), ("missing: not_applicable".to_owned(), 0));
}

fn below_none(points: i64) -> BinFile {
    BinFile { points, ..BinFile::default() }
}

/// The shipped card for those with a history of 120 days, a card of its own for the others.
fn routed(file: &mut ModelFile) {
    let whole = CardFile {
        base_points: file.base_points,
        characteristics: std::mem::take(&mut file.characteristics),
        baselines: Default::default(),
        expected: None,
    };
    let thin = CardFile {
        base_points: 600,
        characteristics: vec![characteristic("active_days_90d", vec![below(5.0, -40), below(40.0, 0), below_none(30)])],
        baselines: Default::default(),
        expected: None,
    };
    let short = Condition::Attribute {
        name: "history_days_available".to_owned(),
        at_least: None,
        below: Some(120.0),
        codes: vec![],
        on_missing: OnMissing::Holds,
    };
    let segment = |name: &str, when: Vec<Condition>, card: CardFile| SegmentFile {
        name: name.to_owned(),
        rationale: "why".to_owned(),
        when,
        card,
    };
    (file.kind, file.base_points) = (Kind::Segmented, 0);
    file.segments = vec![segment("thin", vec![short], thin), segment("usual", vec![], whole)];
}

#[test]
fn a_segmented_model_scores_with_the_card_of_the_segment_and_says_which() {
    let engine = engine_with(routed);
    let usual = assess_lines(&engine, &steady(), 250_000);
    assert_eq!(usual.segment.as_deref(), Some("usual"));
    adds_up(&usual);
    // The same card alone gives the same answer, but for the segment's name and what the routing read, which is kept for replay.
    let alone = assess_lines(&Engine::new(parts()).expect("as shipped"), &steady(), 250_000);
    assert!(alone.inputs.len() < usual.inputs.len());
    assert_eq!(Assessment { segment: None, inputs: alone.inputs.clone(), ..usual.clone() }, alone);

    let young: Vec<_> = steady().into_iter().filter(|line| line.0 < 100).collect();
    let thin = assess_lines(&engine, &young, 250_000);
    assert_eq!((thin.segment.as_deref(), thin.base_points, thin.characteristics.len()), (Some("thin"), 600, 1));
    adds_up(&thin);
    assert!(thin.reasons.iter().all(|reason| reason.attribute == "active_days_90d"), "{:?}", thin.reasons);
}

#[test]
fn a_condition_that_no_value_meets_is_refused() {
    let never = refusal(edited(|file| {
        routed(file);
        if let Some(Condition::Attribute { name, at_least, .. }) = file.segments[0].when.first_mut() {
            (*name, *at_least) = ("active_days_90d".to_owned(), Some(91.0));
        }
    }));
    assert!(never.contains("`active_days_90d`, which is 0 to 90, so `at least 91` never holds"), "{never}");
    let with = |from: f64, to: f64| {
        edited(move |file| {
            routed(file);
            if let Some(Condition::Attribute { name, at_least, below, .. }) = file.segments[0].when.first_mut() {
                (*name, *at_least, *below) = ("active_days_90d".to_owned(), Some(from), Some(to));
            }
        })
    };
    // An end may be the range's own while the other divides.
    assert!(refusal(with(0.0, 91.0)).contains("`at least 0` always holds"));
    for (from, to) in [(0.0, 30.0), (30.0, 91.0)] {
        let refused = crate::engine::Engine::new(with(from, to)).err().map(|error| error.to_string());
        assert!(!refused.as_ref().is_some_and(|error| error.contains("holds")), "{from} to {to}: {refused:?}");
    }
}

#[test]
fn the_seal_and_the_checks_cover_every_card_and_every_condition() {
    let engine = engine_with(routed);
    let seal = engine.model().file().made_with.clone().expect("sealed");
    assert!(seal.definitions.contains_key("history_days_available"), "routing reads it");
    assert!(seal.definitions.contains_key("active_days_90d") && seal.definitions.contains_key("income_cv_90d"));
    let unsealed = edited(|file| {
        routed(file);
        file.made_with = parts().model.file().made_with.clone();
    });
    assert!(refusal(unsealed).contains("another definition of `history_days_available`"));
    let reads = |attribute: &str| {
        let attribute = attribute.to_owned();
        refusal(edited(|file| {
            routed(file);
            if let Some(Condition::Attribute { name, .. }) = file.segments[0].when.first_mut() {
                *name = attribute;
            }
        }))
    };
    assert!(reads("gone_90d").contains("which this version lacks"), "{}", reads("gone_90d"));
    assert!(reads("income_pension_90d").contains("remove it"), "a prohibited attribute may not route either");
    assert!(reads("coverage_ratio_90d").contains("only verify"), "{}", reads("coverage_ratio_90d"));
    assert!(reads("pay_frequency").contains("codes have no order"), "{}", reads("pay_frequency"));
    let second_card = refusal(edited(|file| {
        routed(file);
        file.segments[1].card.characteristics[3].attribute = "income_pension_90d".to_owned();
    }));
    assert!(second_card.contains("model `card_consumer/usual` reads `income_pension_90d`"), "{second_card}");
}

#[test]
fn a_calibrated_probability_reaches_every_table_of_scores_and_the_json() {
    let engine = engine_with(|file| {
        file.score_basis = ScoreBasis::FittedCalibrated;
        file.calibration = Some(Calibration::Steps {
            from: vec![0, 500, 700],
            probability: vec![0.5, 0.125, 0.03125],
            sample: CalibrationSample {
                applicants: 900,
                bads: 100,
                window: "2024".to_owned(),
                method: "held out".to_owned(),
            },
        });
    });
    let answer = assess_lines(&engine, &steady(), 250_000);
    let score = answer.score.expect("scored");
    let expected = if score < 500 {
        0.5
    } else if score < 700 {
        0.125
    } else {
        0.03125
    };
    assert_eq!(answer.probability, Some(expected));
    let facts = RunFacts::of(&engine);
    let row = table::scores_row(&answer, &facts);
    let cell = |name: &str| {
        let at = table::scores().columns.iter().position(|column| column.name == name).expect("a column");
        row[at].clone()
    };
    assert_eq!(cell("probability"), Cell::Real(expected));
    assert_eq!(cell("score_basis"), Cell::from("fitted_calibrated"));
    assert_eq!(cell("segment"), Cell::Null);
    let json = serde_json::to_value(&answer).expect("plain data");
    assert_eq!(json["probability"].as_f64(), Some(expected));
    assert!(json.get("segment").is_none(), "a model of one card says nothing of segments");
    // What is not scored has no probability.
    assert_eq!(assess_lines(&engine, &[], 1).probability, None);
}

/// The answer made again from what a run keeps of it.
fn again(engine: &Engine, answer: &Assessment) -> Result<Assessment, ReplayError> {
    let listed = answer.characteristics.iter().map(|one| (one.attribute.clone(), one.value));
    let others = answer.inputs.iter().filter(|one| one.rule.is_none()).map(|one| (one.attribute.clone(), one.value));
    engine.reassess(&Stored {
        application_id: answer.application_id.clone(),
        applicant_id: answer.applicant_id.clone(),
        as_of: answer.as_of,
        currency: crate::money::Currency::parse(&answer.currency).expect("scored"),
        sufficiency: answer.sufficiency,
        segment: answer.segment.clone(),
        characteristics: listed.chain(others).collect(),
        knockouts: vec![],
    })
}

#[test]
fn another_currency_than_the_models_is_out_of_its_population() {
    for (currency, status) in [("usd", Status::Scored), ("jpy", Status::OutOfPopulation)] {
        let engine = engine_with(|file| file.population.currency = Currency::parse(currency));
        let history = history_of(&engine, Some(HolderKind::Customer), &steady(), 250_000);
        let answer = engine.assess(&mut engine.session(), &history, &application());
        assert_eq!((answer.status, answer.score.is_some()), (status, status == Status::Scored));
    }
}

#[test]
fn another_currency_than_the_policys_limits_are_in_is_out_of_its_population() {
    for (currency, status) in
        [("", Status::Scored), ("currency = \"usd\"", Status::Scored), ("currency = \"jpy\"", Status::OutOfPopulation)]
    {
        let policy = include_str!("../../../../data/policy/example.toml");
        let policy = policy.replacen("version = \"1.0.0\"", &format!("version = \"1.0.0\"\n{currency}"), 1);
        let engine = Engine::new(EngineParts { policy: Policy::from_toml(&policy).expect("valid"), ..parts() });
        let engine = engine.expect("the parts agree");
        let history = history_of(&engine, Some(HolderKind::Customer), &steady(), 250_000);
        let answer = engine.assess(&mut engine.session(), &history, &application());
        assert_eq!((answer.status, answer.score.is_some()), (status, status == Status::Scored), "{currency}");
        if status == Status::OutOfPopulation {
            assert!(answer.reasons[0].reviewer.contains("the policy is for amounts in jpy"), "{:?}", answer.reasons);
        }
    }
}

#[test]
fn a_stored_decision_of_a_segmented_model_is_routed_again_by_what_was_stored() {
    // Businesses first, then short histories, then the shipped card.
    let engine = engine_with(|file| {
        routed(file);
        let mut business = file.segments[0].clone();
        business.name = "business".to_owned();
        business.when = vec![Condition::Holder { is: Holder::Account, on_missing: OnMissing::Fails }];
        business.card.base_points = 550;
        file.segments.insert(0, business);
        file.population.holder_kinds.push(Holder::Account);
    });
    let young: Vec<_> = steady().into_iter().filter(|line| line.0 < 100).collect();
    for (holder, lines, segment) in [
        (HolderKind::Customer, steady(), "usual"),
        (HolderKind::Customer, young, "thin"),
        (HolderKind::Account, steady(), "business"),
    ] {
        let history = history_of(&engine, Some(holder), &lines, 250_000);
        let answer = engine.assess(&mut engine.session(), &history, &application());
        assert_eq!(answer.segment.as_deref(), Some(segment));
        let made = again(&engine, &answer).expect("all is stored");
        assert_eq!(
            (made.score, &made.segment, made.base_points, &made.characteristics, &made.reasons, &made.band),
            (answer.score, &answer.segment, answer.base_points, &answer.characteristics, &answer.reasons, &answer.band)
        );
        // A segment that the stored values contradict does not come out again: 120 days and more are not thin.
        if segment == "usual" {
            let told = again(&engine, &Assessment { segment: Some("thin".to_owned()), ..answer.clone() });
            assert_eq!(told.expect("all is stored").segment.as_deref(), Some("usual"));
        }
        // Without what routing read nothing is made again.
        let forgotten = again(&engine, &Assessment { inputs: vec![], ..answer });
        assert!(matches!(forgotten, Err(ReplayError::Absent { .. })), "{forgotten:?}");
    }
}
