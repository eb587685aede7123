use super::*;
use crate::model::file::MadeWith;

fn shipped() -> Bundle {
    Bundle::freeze(&Sources::shipped()).expect("as shipped")
}

/// The bundle with its id made to fit, as someone would who means to change it.
fn forged(edit: impl FnOnce(&mut File)) -> Result<Bundle, BundleError> {
    let mut file = shipped().file;
    edit(&mut file);
    file.id = id(&file);
    Bundle::parse(&Bundle { file }.to_text())
}

#[test]
fn what_ships_freezes_into_the_engine_that_ships() {
    let bundle = shipped();
    let again = Bundle::parse(&bundle.to_text()).expect("reads back");
    assert_eq!(again, bundle);
    assert_eq!(again.to_text(), bundle.to_text());
    let (frozen, own) = (again.parts().expect("this build"), EngineParts::builtin().expect("as shipped"));
    assert_eq!(frozen.categoriser.digest(), own.categoriser.digest());
    assert_eq!(frozen.registry.digest(), own.registry.digest());
    assert_eq!(frozen.model.id(), own.model.id());
    assert_eq!(frozen.policy.id(), own.policy.id());
    assert_eq!(frozen.reasons.id(), own.reasons.id());
    assert_eq!(frozen.options, own.options);
}

#[test]
fn a_bundle_holds_what_an_engine_can_be_set_to() {
    let mut sources = Sources::shipped();
    sources.balance_age_days_max(30);
    sources.extra_columns(&["inquiries".to_owned()]);
    let parts = Bundle::freeze(&sources).and_then(|bundle| bundle.parts()).expect("this build");
    assert_eq!(parts.options, Options { balance_age_days_max: 30, extras: vec!["inquiries".to_owned()] });
    assert_eq!(sources.parts().expect("as shipped").options, parts.options);
    for column in ["outcome", "fico", "is_bad"] {
        sources.extra_columns(&[column.to_owned()]);
        let refused = Bundle::freeze(&sources).expect_err("an outcome").to_string();
        assert!(refused.contains(&format!("`{column}` is an outcome")), "{refused}");
    }
}

#[test]
fn a_change_of_any_text_or_digest_is_found() {
    let text = shipped().to_text();
    let refused = |changed: &str| {
        assert_ne!(changed, text);
        Bundle::parse(changed).expect_err("changed").to_string()
    };
    assert!(refused(&text.replacen("PAYROLL", "PAYROL", 1)).contains("changed after freezing"));
    let setting = "\"balance_age_days_max\": 7";
    assert!(refused(&text.replacen(setting, "\"balance_age_days_max\": 8", 1)).contains("its id says"));
    let schema = text.replacen("\"schema\": 1", "\"schema\": 2", 1);
    assert!(refused(&schema).contains("schema 2"));
    assert!(refused(&text.replacen("\"schema\": 1", "\"schema\": 1, \"more\": 1", 1)).contains("line 2"));
    assert!(refused(&text[..text.len() / 2]).contains("no bundle"));
}

#[test]
fn a_part_too_many_or_too_few_is_refused() {
    let twice = forged(|file| {
        let again = file.texts.iter().find(|text| text.part == Part::Policy).expect("there").clone();
        file.texts.push(again);
    });
    assert!(twice.expect_err("two policies").to_string().contains("2 texts of part `policy`"));
    let none = forged(|file| file.texts.retain(|text| text.part != Part::Rules));
    assert!(none.expect_err("no rules").to_string().contains("0 texts of part `rules`"));
}

#[test]
fn a_build_that_behaves_differently_refuses_and_names_what_differs() {
    fn first(values: &mut MadeWith) -> &mut String {
        values.values.get_mut("steady").and_then(|values| values.values_mut().next()).expect("a value")
    }
    let refusal = |edit: &dyn Fn(&mut Behaviour)| {
        let bundle = forged(|file| edit(&mut file.behaviour)).expect("well formed");
        bundle.parts().expect_err("another behaviour").to_string()
    };
    let name = shipped().file.behaviour.attributes.values["steady"].keys().next().expect("one").clone();
    let value = refusal(&|behaviour| *first(&mut behaviour.attributes) = "-1".to_owned());
    assert!(value.contains(&format!("`{name}` was -1 on a probe applicant and is ")), "{value}");
    let gone = refusal(&|behaviour| {
        behaviour.attributes.definitions.insert("gone_90d".to_owned(), String::new());
    });
    assert!(gone.contains("`gone_90d` has another definition"), "{gone}");
    let labels = refusal(&|behaviour| {
        behaviour.labels.insert("lenders.toml".to_owned(), String::new());
    });
    assert!(labels.contains("examples of `lenders.toml` get other labels"), "{labels}");
    let calendar = refusal(&|behaviour| behaviour.calendar.clear());
    assert!(calendar.contains("bank holidays"), "{calendar}");
    let id = refusal(&|behaviour| {
        behaviour.ids.insert("policy".to_owned(), String::new());
    });
    assert!(id.contains("the text of the policy gives another id"), "{id}");
    let answer = refusal(&|behaviour| {
        behaviour.answers.insert("strained".to_owned(), String::new());
    });
    assert!(answer.contains("`strained` gets another answer"), "{answer}");
    let places = refusal(&|behaviour| behaviour.places.clear());
    assert!(places.contains("places"), "{places}");
    let probe = refusal(&|behaviour| behaviour.attributes.probe.clear());
    assert!(probe.contains("probe applicants are others"), "{probe}");
    // A newer build that behaves alike runs it.
    let other = forged(|file| file.behaviour.engine_version = "0.0.1".to_owned()).expect("well formed");
    other.parts().expect("alike");
}

#[test]
fn what_is_put_in_replaces_the_single_and_joins_the_many() {
    let mut sources = Sources::shipped();
    let before = sources.texts().len();
    sources.put(Part::Policy, "/somewhere/else/policy.toml", policy_text());
    assert_eq!(sources.texts().len(), before);
    sources.put(Part::OwnAttributes, "one.toml", "");
    sources.put(Part::OwnAttributes, "two.toml", "");
    let own: Vec<&str> =
        sources.texts().iter().filter(|text| text.part == Part::OwnAttributes).map(|text| text.name.as_str()).collect();
    assert_eq!(own, ["one.toml", "two.toml"]);
    assert!(sources.texts().is_sorted_by_key(|text| text.part));
    let bundle = Bundle::freeze(&sources).expect("valid");
    let policy = bundle.texts().iter().find(|text| text.part == Part::Policy).expect("one");
    assert_eq!(policy.name, "policy.toml", "no path of the machine");
    // The knock-outs' attributes decide too, so they are in the fingerprint.
    let definitions = &bundle.behaviour().attributes.definitions;
    assert!(definitions.contains_key("short_term_credit_provider_count_90d"));
}

fn policy_text() -> &'static str {
    include_str!("../../../../data/policy/example.toml")
}
