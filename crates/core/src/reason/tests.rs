//! The dictionary's rules, and the shipped texts held against them.

use super::*;

fn builtin() -> Dictionary {
    Dictionary::builtin().expect("the shipped reasons are valid")
}

const SHIPPED: &str = include_str!("../../defaults/reasons.toml");

#[test]
fn the_shipped_reasons_are_valid_and_every_family_is_used() {
    let dictionary = builtin();
    for family in dictionary.families.keys() {
        assert!(dictionary.entries().any(|entry| entry.family == *family), "{family} has no reason");
    }
}

/// Flesch–Kincaid grade of a text of one sentence: 0.39 words + 11.8 syllables / words − 15.59 (Kincaid et al. 1975).
fn grade(text: &str) -> f64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    let syllables: u32 = words.iter().map(|word| syllables(word)).sum();
    let count = f64::from(u32::try_from(words.len()).expect("short"));
    0.39 * count + 11.8 * f64::from(syllables) / count - 15.59
}

/// Groups of vowels, less a silent final e; never below one.
fn syllables(word: &str) -> u32 {
    let letters: String = word.to_lowercase().chars().filter(|c| c.is_ascii_alphabetic()).collect();
    let mut count = 0;
    let mut in_vowels = false;
    for letter in letters.chars() {
        let vowel = "aeiouy".contains(letter);
        if vowel && !in_vowels {
            count += 1;
        }
        in_vowels = vowel;
    }
    // A final "e" is silent except after "l" ("able"); "ed" is silent except after "t" or "d" ("linked", "wanted").
    let silent_e = letters.ends_with('e') && !letters.ends_with("le");
    let silent_ed = letters.ends_with("ed") && !letters.ends_with("ted") && !letters.ends_with("ded");
    if (silent_e || silent_ed) && 1 < count {
        count -= 1;
    }
    count.max(1)
}

#[test]
fn the_grade_of_a_known_sentence_is_the_published_one() {
    // "The cat sat on the mat." has 6 words and 6 syllables: 0.39 * 6 + 11.8 - 15.59 = -1.45.
    assert!((grade("The cat sat on the mat") - -1.45).abs() < 1e-9);
    // 7 words, 2 + 1 + 1 + 1 + 1 + 3 + 2 = 11 syllables: 2.73 + 129.8 / 7 - 15.59.
    let expected = 2.73 + 129.8 / 7.0 - 15.59;
    assert!((grade("Number of days with a negative balance") - expected).abs() < 1e-9);
}

#[test]
fn every_notice_reads_at_grade_eight_or_below() {
    let dictionary = builtin();
    let texts = dictionary.entries().flat_map(|entry| [Some(&entry.notice), entry.positive.as_ref()]).flatten();
    let hard: Vec<&String> = texts.filter(|text| 8.0 < grade(text)).collect();
    assert_eq!(hard, Vec::<&String>::new());
}

#[test]
fn no_two_reasons_of_a_kind_say_the_same() {
    let dictionary = builtin();
    let mut texts: Vec<(ReasonKind, &str)> =
        dictionary.entries().map(|entry| (entry.kind, entry.notice.as_str())).collect();
    texts.sort_unstable();
    assert!(texts.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn no_notice_uses_trade_jargon() {
    for entry in builtin().entries() {
        let text = format!(" {} {} ", entry.notice, entry.positive.clone().unwrap_or_default()).to_lowercase();
        for jargon in [" nsf ", " ach ", " cv ", " dti ", " apr ", " pos ", "ratio", "outflow", "inflow", "liquidity"] {
            assert!(!text.contains(jargon), "{}: {jargon}", entry.code);
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads the shared corpus")]
fn the_lines_of_form_c_1_are_those_of_the_regulation() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/reg-b/appendix_c_reasons.json");
    #[expect(clippy::print_stderr, reason = "a test says that it did not run")]
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(_) => {
            assert!(std::env::var_os("CI").is_none(), "the corpus must be there under CI");
            eprintln!("SKIPPED: ../shared/corpora/reg-b is absent");
            return;
        }
    };
    let corpus: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    let lines: Vec<&str> = corpus["C-1"].as_array().expect("a list").iter().filter_map(|line| line.as_str()).collect();
    assert_eq!(lines, C1_LINES);
}

fn refused(edit: impl Fn(&str) -> String) -> String {
    let text = edit(SHIPPED);
    assert_ne!(text, SHIPPED, "the edit changed nothing");
    Dictionary::from_toml(&text).expect_err("must be refused").to_string()
}

#[test]
fn a_dictionary_that_breaks_a_rule_is_refused_with_the_way_out() {
    let edit = |from: &'static str, to: &'static str| refused(move |text| text.replacen(from, to, 1));
    let check = |from, to, expected: &str| {
        let message = edit(from, to);
        assert!(message.contains(expected), "{message}");
    };
    check("notice = \"How far back", "notice = \"You failed to achieve, how far back", "1002.9(b)(2)");
    check("notice = \"How far back", "notice = \"In 90 days, how far back", "holds a number");
    check("family = \"history\"", "family = \"histroy\"", "not listed in `families`");
    check("c1 = \"Other, specify\"", "c1 = \"Other\"", "no line of form C-1");
    check("c1 = \"Other, specify\"", "c1 = \"Credit application incomplete\"", "the lender's to say");
    check("{value}; {compared}", "{vlaue}; {compared}", "{value}, {baseline}");
    check("code = \"no_accounts\"", "code = \"no_account\"", "`no_accounts` is missing");
    check("code = \"fees\"", "code = \"cash_use\"", "stands twice");
    check("schema = 1", "schema = 2", "this version reads schema 1");
    check("    \"bills\",", "    \"bills\",\n    \"debt\",", "the family `debt` stands twice");
    check("kind = \"data\"", "kind = \"date\"", "unknown variant `date`");
}

#[test]
fn a_notice_that_nobody_could_read_is_refused() {
    for (notice, expected) in [
        ("   ", "says nothing"),
        ("", "says nothing"),
        ("\\u00A0\\u200B.", "says nothing"),
        ("\\u3164", "says nothing"),
        ("A min\\u034Fimum score was asked", "one plain line"),
        ("Low account\\nbalances", "one plain line"),
        ("Low\\taccount balances", "one plain line"),
        ("Low account\\u200B balances", "one plain line"),
        ("Low account\\u2028balances", "one plain line"),
        ("A minimum  \\u00A0 score was asked", "1002.9(b)(2)"),
    ] {
        let message = refused(|text| {
            let (before, rest) = text.split_once("notice = \"How far back").expect("shipped");
            let (_, after) = rest.split_once('"').expect("a string");
            format!("{before}notice = \"{notice}\"{after}")
        });
        assert!(message.contains(expected), "{notice}: {message}");
    }
}

#[test]
fn a_letter_shows_no_blanks_around_a_text_and_no_doubled_ones() {
    let text = SHIPPED.replacen("notice = \"How far back", "notice = \"  How   far\u{a0}back", 1);
    let (before, after) = (builtin(), Dictionary::from_toml(&text).expect("readable"));
    assert!(before.entries().eq(after.entries()));
}
