//! What the texts of ACH entries carry: standard entry class, company name and entry description, as banks print them.
//!
//! The name and the number of the individual stand in these texts too. They are never taken: who the applicant is decides
//! nothing.

use serde::Serialize;

use super::{
    lexicon::{Class, Label, Lexicon},
    text::{self, Digits},
};

/// Standard entry class of an ACH entry.
///
/// # Source
///
/// Nacha Operating Rules, standard entry class codes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Sec {
    /// Acknowledgement of a corporate credit.
    Ack,
    /// Accounts receivable: a cheque sent by mail.
    Arc,
    /// Acknowledgement of a corporate trade exchange.
    Atx,
    /// Back office conversion of a cheque.
    Boc,
    /// Corporate credit or debit.
    Ccd,
    /// Corporate trade exchange.
    Ctx,
    /// Death notification.
    Dne,
    /// Automated enrolment.
    Enr,
    /// International entry.
    Iat,
    /// Machine transfer: an automated teller machine.
    Mte,
    /// Point of purchase: a cheque at the till.
    Pop,
    /// Point of sale.
    Pos,
    /// Prearranged payment or deposit.
    Ppd,
    /// A returned cheque presented again.
    Rck,
    /// Shared network.
    Shr,
    /// By telephone.
    Tel,
    /// Truncated cheque.
    Trc,
    /// Truncated cheques.
    Trx,
    /// Over the internet.
    Web,
    /// A destroyed cheque.
    Xck,
}

const CODES: [(&str, Sec); 20] = [
    ("ACK", Sec::Ack),
    ("ARC", Sec::Arc),
    ("ATX", Sec::Atx),
    ("BOC", Sec::Boc),
    ("CCD", Sec::Ccd),
    ("CTX", Sec::Ctx),
    ("DNE", Sec::Dne),
    ("ENR", Sec::Enr),
    ("IAT", Sec::Iat),
    ("MTE", Sec::Mte),
    ("POP", Sec::Pop),
    ("POS", Sec::Pos),
    ("PPD", Sec::Ppd),
    ("RCK", Sec::Rck),
    ("SHR", Sec::Shr),
    ("TEL", Sec::Tel),
    ("TRC", Sec::Trc),
    ("TRX", Sec::Trx),
    ("WEB", Sec::Web),
    ("XCK", Sec::Xck),
];

impl Sec {
    /// The class that three letters name, in either case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Sec> {
        CODES.iter().find(|one| one.0.eq_ignore_ascii_case(code)).map(|one| one.1)
    }

    /// Its three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        CODES.iter().find(|one| one.1 == self).map_or("", |one| one.0)
    }
}

/// What the text of an ACH entry says, as it says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ach<'a> {
    /// The standard entry class.
    pub sec: Option<Sec>,
    /// The name of the originator; with the entry's words where nothing tells the two apart.
    pub company: Option<&'a str>,
    /// The originator's word for what the entry is for.
    pub entry: Option<&'a str>,
    /// Whether the text holds the originator's number.
    pub has_company_id: bool,
}

impl<'a> Ach<'a> {
    /// Reads the text of an ACH entry; `None` when the text is not known to be one.
    #[must_use]
    pub fn parse(description: &'a str) -> Option<Ach<'a>> {
        let text = until(description.trim(), &["ADDENDA:", "PMT INFO:"]);
        labelled(text)
            .or_else(|| with_des(text))
            .or_else(|| with_sec(text))
            .or_else(|| spelled(text))
            .or_else(|| dated(text))
    }
}

/// Labels behind which another field begins.
const FIELDS: &[&str] = &[
    "ORIG ID:",
    "DESC DATE:",
    "CO ENTRY DESCR:",
    "SEC:",
    "TRACE#:",
    "EED:",
    "IND ID:",
    "IND NAME:",
    "TRN:",
    "ID:",
    "INDN:",
    "CO ID:",
];

/// `ORIG CO NAME:X ORIG ID:1 DESC DATE:2 CO ENTRY DESCR:Y SEC:PPD TRACE#:3 EED:4 IND ID:5 IND NAME:Z TRN:6`.
fn labelled(text: &str) -> Option<Ach<'_>> {
    let company = behind(text, "ORIG CO NAME:")?;
    let field = |label| behind(text, label).map(|rest| until(rest, FIELDS));
    let (entry, glued) = behind(text, "CO ENTRY DESCR:").map_or(("", None), parted);
    Some(Ach {
        sec: field("SEC:").and_then(Sec::parse).or(glued),
        company: filled(until(company, FIELDS)),
        entry: filled(until(entry, FIELDS)),
        has_company_id: field("ORIG ID:").is_some_and(|id| !id.is_empty()),
    })
}

/// An entry's description is ten letters wide: a longer one touches the class behind it, as in `DIRECT DEPSEC:PPD`.
fn parted(entry: &str) -> (&str, Option<Sec>) {
    let class = entry.split_once("SEC:").and_then(|(before, after)| Some((before, Sec::parse(after.get(..3)?)?)));
    class.map_or((entry, None), |(before, sec)| (before, Some(sec)))
}

/// `X DES:Y ID:1 INDN:Z CO ID:2 PPD`.
fn with_des(text: &str) -> Option<Ach<'_>> {
    let rest = behind(text, "DES:")?;
    let company = until(text, &["DES:"]);
    let id = behind(text, "CO ID:");
    // Behind the company's number, or at the end of a text without fields that hold names.
    let sec = match id {
        Some(id) => id.split_ascii_whitespace().nth(1).and_then(Sec::parse),
        None => {
            text.split_ascii_whitespace().next_back().filter(|_| behind(text, "INDN:").is_none()).and_then(Sec::parse)
        }
    };
    let mut entry = until(rest, FIELDS);
    if id.is_none() && sec.is_some() && entry.len() == rest.trim().len() {
        entry = entry.rsplit_once(' ').map_or("", |pair| pair.0).trim();
    }
    let has_company_id =
        id.is_some_and(|id| id.split_ascii_whitespace().next().is_some_and(|id| Sec::parse(id).is_none()));
    Some(Ach { sec, company: filled(company), entry: filled(entry), has_company_id })
}

/// `X Y PPD ID: 9012345678`, `X Y WEB`.
fn with_sec(text: &str) -> Option<Ach<'_>> {
    let words = words(text);
    let at = |at: usize| words.get(at).map(|word| word.1);
    let is_id = |word: &str| word.eq_ignore_ascii_case("ID:") || starts(word, "ID:");
    let found = (1..words.len()).rev().find(|&at_sec| {
        let is_last = at_sec + 1 == words.len() && !matches!(at(at_sec), Some("POS" | "POP" | "TEL" | "ARC" | "SHR"));
        at(at_sec).and_then(Sec::parse).is_some() && (is_last || at(at_sec + 1).is_some_and(is_id))
    })?;
    let (company, entry) = split(trim_opening(text.get(..words[found].0)?.trim()).0);
    let has_company_id = at(found + 1).is_some_and(|id| 3 < id.len() || at(found + 2).is_some());
    Some(Ach { sec: at(found).and_then(Sec::parse), company, entry, has_company_id })
}

/// `ACH CREDIT X Y`, `ACH Debit X - Y`, `ELECTRONIC DEPOSIT X Y`.
fn spelled(text: &str) -> Option<Ach<'_>> {
    let (rest, true) = trim_opening(text) else { return None };
    let (company, entry) = match rest.rsplit_once(" - ") {
        Some((company, entry)) => (filled(company.trim()), filled(without_numbers(entry.trim()))),
        None => split(rest),
    };
    Some(Ach { sec: None, company, entry, has_company_id: false })
}

/// `X Y 240301 0417 Z`: a date, a reference and the holder behind a known entry.
fn dated(text: &str) -> Option<Ach<'_>> {
    let words = words(text);
    let is_date = |word: &str| {
        let part = |from: usize| word.get(from..from + 2).and_then(|two| two.parse::<u8>().ok()).unwrap_or(0);
        word.len() == 6
            && word.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=12).contains(&part(2))
            && (1..=31).contains(&part(4))
    };
    let at = (1..words.len().saturating_sub(1)).find(|&at| is_date(words[at].1))?;
    let (company, entry) = split(text.get(..words[at].0)?.trim());
    entry.is_some().then_some(Ach { sec: None, company, entry, has_company_id: false })
}

/// What banks that spell the instrument out write first; whether it was there.
fn trim_opening(text: &str) -> (&str, bool) {
    const OPENINGS: &[&str] = &["ACH", "ELECTRONIC", "PREAUTHORIZED", "DIRECT"];
    const GOES_ON: &[&str] = &[
        "ACH",
        "CREDIT",
        "DEBIT",
        "DEPOSIT",
        "DEP",
        "WITHDRAWAL",
        "PMT",
        "PYMT",
        "PAYMENT",
        "ELECTRONIC",
        "TRANSACTION",
        "HOLD",
        "CR",
        "DB",
        "DR",
        "-",
        ":",
    ];
    let is_one = |word: &str, of: &[&str]| of.iter().any(|one| one.eq_ignore_ascii_case(word.trim_end_matches(':')));
    let words = words(text);
    let opens = words.first().is_some_and(|word| is_one(word.1, OPENINGS));
    let goes_on = |at: &usize| words.get(*at).is_some_and(|word| is_one(word.1, GOES_ON));
    let count = if opens { 1 + (1..).take_while(goes_on).count() } else { 0 };
    // ELECTRONIC ARTS and DIRECT TV are names.
    let is_ach = 2 <= count || (count == 1 && is_one(words[0].1, &["ACH"]));
    match words.get(count) {
        Some(word) if is_ach => (text.get(word.0..).unwrap_or(""), true),
        None if is_ach => ("", true),
        _ => (text, false),
    }
}

/// The company, and the entry where the last words are known to be one.
fn split(text: &str) -> (Option<&str>, Option<&str>) {
    let text = without_numbers(text);
    let words = words(text);
    let (mut at, mut after_entry) = (words.len(), false);
    while 1 < at {
        let class = classes(words[at - 1].1);
        let is_pay = class.is(Class::PAY) && 2 < at && classes(words[at - 2].1).is(Class::PART);
        if !(class.is(Class::ENTRY) || is_pay || (after_entry && class.is(Class::PART))) {
            break;
        }
        (at, after_entry) = (at - 1, true);
    }
    match words.get(at) {
        Some(word) => (filled(text.get(..word.0).unwrap_or("").trim()), text.get(word.0..).and_then(filled)),
        None => (filled(text), None),
    }
}

/// The text without numbers and references at its end.
fn without_numbers(text: &str) -> &str {
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let words = words(text);
    let kept = words.iter().rposition(|word| !has_digit(word.1)).map_or(0, |last| last + 1);
    words.get(kept).map_or(text, |word| text.get(..word.0).unwrap_or("")).trim()
}

/// The classes of a word: of its last part in E-PAYMENT.
fn classes(word: &str) -> Class {
    let (mut folded, mut tokens) = (vec![], vec![]);
    text::normalise(word, Digits::Folded, false, &mut folded);
    text::tokens(&folded, &mut tokens);
    tokens.last().map_or_else(Class::default, |token| {
        let entry = Lexicon::get().word(token.hash);
        // A label is no entry.
        if entry.label == Label::Id { Class::default() } else { entry.class }
    })
}

/// The words of a text with the places where they begin.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = vec![];
    let mut from = 0;
    for word in text.split([' ', '\t']) {
        if !word.is_empty() {
            words.push((from, word));
        }
        from += word.len() + 1;
    }
    words
}

fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// What stands behind a label that begins a word.
fn behind<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    find(text, label).and_then(|at| text.get(at + label.len()..))
}

/// What stands before the first of some labels.
fn until<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    let end = labels.iter().filter_map(|label| find(text, label)).min();
    end.and_then(|end| text.get(..end)).unwrap_or(text).trim()
}

/// Where a label begins a word, in either case.
fn find(text: &str, label: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..=bytes.len().checked_sub(label.len())?).find(|&at| {
        let begins = at == 0 || bytes[at - 1] == b' ' || bytes[at - 1] == b'\t';
        begins && bytes[at..at + label.len()].eq_ignore_ascii_case(label.as_bytes())
    })
}

fn starts(text: &str, with: &str) -> bool {
    text.as_bytes().get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
}
