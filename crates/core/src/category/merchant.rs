//! Who stands behind a text: the words that tell one payer or payee from another, their key and their display form.
//!
//! A first pass keeps the words that are no numbers, masks or parts of an address. What is left is narrowed from both ends,
//! and the result is always a stretch of it: between the labels of ACH, behind what banks and processors write first, before
//! a city with its state, what the payment is for, and the form of the company. Nothing is taken away when no name would be
//! left. Numbers only ever allow more to be taken away, so that the key of a key is the key.

use serde::Serialize;

use super::{
    lexicon::{CITY_WORDS_MAX, Class, Entry, Label, Lexicon, hash_of},
    text::{self, Digits, Token, mix},
};

/// Words of a text that are looked at; labels and all, banks print fewer.
const WORDS_MAX: usize = 64;
/// Letters of a word to which banks glue a store's number; shorter ones begin references.
const GLUED_LETTERS_MIN: usize = 4;

/// A payer or payee.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Merchant {
    /// Upper-case words, the same for every wording of one payer; no numbers, no masks. A label's counterparty is its hash.
    pub key: String,
    /// The key in the case that names are printed in.
    pub name: String,
}

/// The payer or payee of a description.
///
/// ```
/// use cashline_core::category::merchant::merchant;
/// let found = merchant("PURCHASE AUTHORIZED ON 03/12 SQ *JOE'S CAFE #2 SAN JOSE CA S003 CARD 1122");
/// assert_eq!((found.key.as_str(), found.name.as_str()), ("JOES CAFE", "Joes Cafe"));
/// ```
#[must_use]
pub fn merchant(description: &str) -> Merchant {
    let (mut folded, mut tokens, mut words) = (vec![], vec![], vec![]);
    text::normalise(description, Digits::Folded, false, &mut folded);
    text::tokens(&folded, &mut tokens);
    Text { folded: &folded, tokens: &tokens, description }.merchant(&mut words)
}

/// The payer or payee that a literal of a rule names: the same as of a text that holds nothing else. The name keeps the
/// literal's digits: 7 Eleven.
pub(super) fn of_literal(literal: &str) -> Merchant {
    let (mut folded, mut tokens, mut words) = (vec![], vec![], vec![]);
    text::normalise(literal, Digits::Folded, true, &mut folded);
    text::tokens(&folded, &mut tokens);
    let text = Text { folded: &folded, tokens: &tokens, description: literal };
    let mut merchant = text.merchant(&mut words);
    if merchant.key.is_empty() {
        // P2P is no number where a rule says that it is a name.
        return named(literal).0;
    }
    if literal.bytes().any(|byte| byte.is_ascii_digit()) {
        merchant.name = display(literal);
    }
    merchant
}

/// Hashes of the keys of payers and payees that literals name, as [`of_literal`] has them, without the keys.
#[derive(Default)]
pub(super) struct LiteralHashes {
    folded: Vec<u8>,
    tokens: Vec<Token>,
    words: Vec<Word>,
}

impl LiteralHashes {
    pub(super) fn hash(&mut self, literal: &str) -> u64 {
        text::normalise(literal, Digits::Folded, true, &mut self.folded);
        text::tokens(&self.folded, &mut self.tokens);
        let text = Text { folded: &self.folded, tokens: &self.tokens, description: literal };
        match text.select(&mut self.words) {
            [] => named(literal).1,
            found => found.iter().map(|word| word.hash).fold(0, mix),
        }
    }
}

/// A payer or payee that somebody named, in words that are taken as they are.
pub(super) fn named(name: &str) -> (Merchant, u64) {
    let (mut kept, mut tokens) = (vec![], vec![]);
    text::normalise(name, Digits::Kept, false, &mut kept);
    let key = text::as_text(&kept);
    text::tokens(&kept, &mut tokens);
    let hash =
        if tokens.is_empty() { text::name_key(&kept) } else { tokens.iter().map(|token| token.hash).fold(0, mix) };
    (Merchant { name: display(&key), key }, hash)
}

/// A word of a text that may be part of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    start: u32,
    end: u32,
    hash: u64,
    class: Class,
    label: Label,
    /// The word it stands for, as [`Lexicon::same`] numbers them.
    same: u8,
    /// A number stands right before it.
    after_number: bool,
    /// Something that was dropped stands right before it.
    after_break: bool,
}

/// A text in the forms that a name is found in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) folded: &'a [u8],
    pub(super) tokens: &'a [Token],
    pub(super) description: &'a str,
}

impl Text<'_> {
    /// The hash of the merchant's key.
    pub(super) fn counterparty(self, words: &mut Vec<Word>) -> u64 {
        let found = self.select(words);
        if found.is_empty() { text::name_key(b"") } else { found.iter().map(|word| word.hash).fold(0, mix) }
    }

    pub(super) fn merchant(self, words: &mut Vec<Word>) -> Merchant {
        let lexicon = Lexicon::get();
        let word = |word: &Word| match lexicon.same(word.same) {
            Some(same) => same.0.to_owned(),
            None => text::as_text(&self.folded[word.start as usize..word.end as usize]),
        };
        let key = self.select(words).iter().map(word).collect::<Vec<_>>().join(" ");
        Merchant { name: display(&key), key }
    }

    fn select(self, words: &mut Vec<Word>) -> &[Word] {
        let lexicon = Lexicon::get();
        let seen = self.words(lexicon, words);
        let mut span = Span { lexicon, words, description: self.description };
        if (seen.classes == Class::default() && !seen.number) || !names(span.words) {
            return span.words;
        }
        if seen.number {
            span.holder();
        }
        loop {
            if seen.label {
                span.company();
            }
            let before = span.words.len();
            if seen.classes.is(Class::ENTRY) {
                span.entry_and_more();
            }
            span.back();
            // Another first word, or an end that is gone, can let more be taken away.
            let again = seen.label && span.words.len() < before;
            if !span.front() && !again {
                return span.words;
            }
        }
    }

    /// Collects the words that may be part of a name.
    fn words(self, lexicon: &Lexicon, out: &mut Vec<Word>) -> Seen {
        out.clear();
        let mut seen = Seen::default();
        let (mut after_number, mut after_break) = (false, false);
        let mut rest = self.tokens;
        while let Some((mut token, more)) = rest.split_first() {
            rest = more;
            let mut glued = 0;
            while let Some((next, more)) = rest.split_first().filter(|pair| pair.0.is_glued) {
                // Banks glue a store's number to a name, SHELL57444212, and 7ELEVEN is a name.
                if glued == 0 && self.folded[token.start] == b'#' {
                    token = next;
                }
                (rest, glued) = (more, glued + 1);
            }
            let bytes = &self.folded[token.start..token.end];
            let is_number = match glued {
                0 => bytes == b"#",
                // The first word is a name sooner: OPM1 TREAS 310.
                1 => bytes.len() + usize::from(token.start == 0) < GLUED_LETTERS_MIN,
                _ => true,
            };
            if is_number || is_mask(bytes) {
                (after_number, after_break, seen.number) = (true, true, true);
                continue;
            }
            let Entry { class, label, same, .. } = lexicon.word(token.hash);
            // T of T-1122 and STORE of STORE 12 belong to the number.
            let counts = glued == 0 && (bytes.len() == 1 || class.is(Class::COUNTED)) && !out.is_empty();
            if counts && rest.first().is_some_and(|next| self.folded[next.start] == b'#') {
                continue;
            }
            // AMZN.COM/BILL, APPLE.COM/BILL.
            let after_address = after_break && !after_number;
            if class.is(Class::DROPPED) || (after_address && bytes == b"BILL") {
                drop_address(self.folded, bytes, out);
                (after_number, after_break) = (false, true);
                continue;
            }
            // Only labels that stand together are one: the folded text knows no IND XX NAME.
            if after_break && label == Label::Name && out.last().is_some_and(|last| last.label == Label::Ind) {
                (after_number, after_break) = (false, true);
                continue;
            }
            let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let (start, end) = (narrow(token.start), narrow(token.end));
            let hash = lexicon.same(same).map_or(token.hash, |same| same.1);
            let word = Word { start, end, hash, class, label, same, after_number, after_break };
            (after_number, after_break) = (glued == 1, glued == 1);
            if class.is(Class::SECOND)
                && let Some(first) = out.last_mut()
                && let Some((same, hash)) = lexicon.pair(first.hash, hash)
            {
                *first = Word { hash, same, class: Class::default(), label: Label::None, ..*first };
                continue;
            }
            seen.classes = seen.classes.or(class);
            seen.label |= label != Label::None;
            out.push(word);
            if out.len() == WORDS_MAX {
                break;
            }
        }
        seen
    }
}

/// What was met among the words of a text.
#[derive(Clone, Copy, Default)]
struct Seen {
    classes: Class,
    label: bool,
    number: bool,
}

fn is_mask(word: &[u8]) -> bool {
    2 <= word.len() && word.iter().all(|&byte| byte == b'X')
}

/// Drops the rest of an address in the web: a name that stood before, as in `UBER *TRIP HELP.UBER.COM`, and Google's G.CO.
fn drop_address(folded: &[u8], bytes: &[u8], words: &mut Vec<Word>) {
    let is = |word: &Word, bytes: &[u8]| folded.get(word.start as usize..word.end as usize) == Some(bytes);
    let drop = match words.as_slice() {
        [_, .., g, co] if bytes == b"HELPPAY" && is(g, b"G") && is(co, b"CO") => 2,
        [before @ .., name] if bytes == b"COM" && before.iter().any(|word| word.hash == name.hash) => 1,
        _ => 0,
    };
    words.truncate(words.len() - drop);
}

fn names(words: &[Word]) -> bool {
    words.iter().any(|word| word.class.identifies())
}

/// The stretch of words that is left.
struct Span<'a, 't> {
    lexicon: &'static Lexicon,
    words: &'a [Word],
    description: &'t str,
}

impl<'a> Span<'a, '_> {
    /// Takes a shorter stretch when it holds a name.
    fn take(&mut self, words: &'a [Word]) -> bool {
        let shorter = words.len() < self.words.len() && names(words);
        if shorter {
            self.words = words;
        }
        shorter
    }

    /// Narrows an ACH text to the name of the company.
    fn company(&mut self) {
        let words = self.words;
        let (mut from, mut end) = (0, words.len());
        for (at, word) in words.iter().enumerate() {
            if word.label == Label::None && !word.class.is(Class::SEC) {
                continue;
            }
            let label = |after: usize| words.get(at + after).map_or(Label::None, |word| word.label);
            let is_wire = at != 0 && words[0].label == Label::Wire && label(0) == Label::Orig;
            if [label(0), label(1), label(2)] == [Label::Orig, Label::Co, Label::Name] {
                (from, end) = (at + 3, words.len());
            } else if is_wire && end == words.len() {
                from = at + 1;
            } else if from < at && end == words.len() && ends_company(word, label(1)) {
                end = at;
            }
        }
        let (Some(company), Some(rest)) = (words.get(from..end), words.get(end..)) else { return };
        if let [wallet, forms @ ..] = company
            && wallet.class.is(Class::WALLET)
            && !names(forms)
            && rest.first().is_some_and(|label| !label.class.is(Class::SEC))
            && self.payee(rest)
        {
            return;
        }
        self.take(company);
    }

    /// The payee behind a wallet stands where others have a number: `DES:INST XFER ID:NETFLIX`, `IND ID:NETFLIX`.
    fn payee(&mut self, fields: &'a [Word]) -> bool {
        let is_payee = |at: usize| {
            let of_company = 1 < at && matches!(fields[at - 2].label, Label::Orig | Label::Co);
            fields[at - 1].label == Label::Id && !of_company
        };
        let behind = (1..=fields.len()).filter(|&at| is_payee(at));
        let payee = behind.map(|at| &fields[at..]).map(|words| {
            let ends = |at: &usize| {
                let next = words.get(at + 1).map_or(Label::None, |word| word.label);
                words[*at].class.is(Class::SEC) || ends_company(&words[*at], next)
            };
            &words[..(0..words.len()).find(ends).unwrap_or(words.len())]
        });
        let is_long = |word: &Word| GLUED_LETTERS_MIN <= (word.end - word.start) as usize;
        let payee = payee.filter(|words| words.first().is_some_and(is_long)).find(|words| names(words));
        payee.is_some_and(|words| self.take(words))
    }

    /// Cuts the holder off a text that names the payer, then a date of six digits, a reference and the holder.
    fn holder(&mut self) {
        let words = self.words;
        let Some(at) = (1..words.len()).rev().take(4).find(|&at| words[at].after_number) else { return };
        let is_place = words.last().is_some_and(|last| last.class.is(Class::STATE));
        if !is_place && 2 <= words.len() - at && is_dated(self.description) {
            self.take(&words[..at]);
        }
    }

    /// Cuts off what banks and processors write before the name; whether that was anything.
    fn front(&mut self) -> bool {
        let whole = self.words.len();
        let mut open = false;
        while let [first, rest @ ..] = self.words {
            open &= !first.after_break;
            let goes_on = rest.first().is_some_and(|next| next.class.is(Class::START.or(Class::FOLLOW)));
            let class = first.class;
            let is_processor = class.is(Class::PROCESSOR) || (class.is(Class::STARRED) && self.has_star(first));
            let is_bank =
                class.is(Class::START) || (open && class.is(Class::FOLLOW)) || (class.is(Class::OPEN) && goes_on);
            if !(is_processor || is_bank || class.is(Class::WALLET)) || !self.take(rest) {
                break;
            }
            // A shop may be called as a bank's word is: SQ *ON THE CORNER.
            open = !is_processor;
        }
        self.words.len() < whole
    }

    /// Whether a star follows the word in the description.
    fn has_star(&self, word: &Word) -> bool {
        let text = self.description.as_bytes();
        let letters = (word.end - word.start) as usize;
        (0..text.len()).filter(|&at| text[at] == b'*').any(|star| {
            let before = text[..star].trim_ascii_end();
            let Some(start) = before.len().checked_sub(letters) else { return false };
            let begins = start == 0 || !before[start - 1].is_ascii_alphanumeric();
            begins && hash_of(self.description.get(start..before.len()).unwrap_or("")) == word.hash
        })
    }

    /// Cuts off what follows the purpose of a payment and a number, `PAYROLL 240301 0417 DOE JANE`, or says it all again.
    fn entry_and_more(&mut self) {
        let words = self.words;
        let Some(first) = words.first() else { return };
        let again = |word: &Word| word.after_number || word.hash == first.hash;
        let cut = (2..words.len()).find(|&at| words[at - 1].class.is(Class::ENTRY) && again(&words[at]));
        if let Some(at) = cut
            && names(&words[..at - 1])
        {
            self.take(&words[..at]);
        }
    }

    /// Cuts off what stands behind the name.
    fn back(&mut self) {
        let mut after_entry = false;
        while let [before @ .., last] = self.words {
            if last.class == Class::default() {
                return;
            }
            let follows = |class| before.last().is_some_and(|word: &Word| word.class.is(class));
            if last.class.is(Class::STATE) && self.place(before, last) {
                after_entry = false;
                continue;
            }
            let is_entry = last.class.is(Class::ENTRY)
                || (last.class.is(Class::PAY) && follows(Class::PART))
                || (last.class.is(Class::PART) && after_entry);
            let is_trail = last.class.is(Class::TRAIL) || (last.class.is(Class::FORM) && !follows(Class::OF));
            if !(is_entry || is_trail) || !self.take(before) {
                return;
            }
            after_entry = is_entry;
        }
    }

    /// Cuts off a state, and the city before it.
    fn place(&mut self, before: &'a [Word], state: &Word) -> bool {
        let is_word = state.class.is(Class::STATE_WORD);
        let is_of = |word: Option<&Word>| word.is_some_and(|word| word.class.is(Class::OF));
        if before.is_empty() || is_of(before.last()) {
            return false;
        }
        if state.after_break {
            return self.take(before);
        }
        // What stands between a store's number and the state is the city.
        let first = before.len().saturating_sub(CITY_WORDS_MAX).max(1);
        let number = (first..before.len()).rev().find(|&at| before[at].after_number);
        if let (false, Some(at)) = (is_word, number)
            && self.take(&before[..at])
        {
            return true;
        }
        let known = (first..before.len()).find(|&at| {
            let city = before[at..].iter().map(|word| word.hash);
            self.lexicon.is_city(city, is_word.then_some(state.hash))
        });
        // CITY OF MESA AZ: the city is the payer.
        let without = |at: usize| if is_of(before[..at].last()) { before } else { &before[..at] };
        if let Some(at) = known {
            return self.take(without(at));
        }
        let Some(at) = before.len().checked_sub(1).filter(|_| !is_word) else { return false };
        let left = without(at);
        2 <= left.iter().filter(|word| word.class.identifies()).count() && self.take(left)
    }
}

/// Whether a label begins at a word, before one of another label, behind which the company's name does not go on.
fn ends_company(word: &Word, next: Label) -> bool {
    match (word.label, next) {
        (Label::Orig | Label::Co | Label::Ind, Label::Id)
        | (Label::Desc, Label::Date)
        | (Label::Co, Label::Entry)
        | (Label::Ind, Label::Name)
        | (Label::Pmt, Label::Info)
        | (Label::Indn | Label::Addenda, _) => true,
        (Label::Des, next) => next != Label::Place,
        (_, Label::Id) => word.class.is(Class::SEC),
        _ => false,
    }
}

/// Whether a text ends in a date of six digits, a reference and two to four words without digits.
fn is_dated(description: &str) -> bool {
    let mut words = description.split_ascii_whitespace().rev().peekable();
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let mut names = 0;
    while words.next_if(|word| !has_digit(word)).is_some() {
        names += 1;
    }
    let mut date_or_reference = || words.next().filter(|word| has_digit(word));
    let reference = date_or_reference();
    let date = date_or_reference();
    (2..=4).contains(&names)
        && reference.is_some()
        && date.is_some_and(|date| date.len() == 6 && date.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Words of names that are said letter by letter although they hold a vowel, and codes.
const LETTERS: &[&str] = &[
    "AAA", "ABC", "ADP", "ADT", "AMC", "AOL", "ARCO", "ATM", "BMO", "BMW", "CEFCO", "DFAS", "EZ", "GE", "GEICO", "GMC",
    "HBO", "HEB", "IBM", "IGA", "IHOP", "IKEA", "IRS", "KIA", "NASA", "NBA", "NYC", "OPM", "PSE", "REI", "SBA", "SDU",
    "SSA", "SSI", "TIAA", "UGG", "UI", "UPS", "USAA", "USPS", "VA", "VACP", "YMCA",
];

/// Words between others that names print in small letters.
const SMALL: &[&str] = &["AND", "AT", "BY", "FOR", "IN", "OF", "ON", "OR", "THE", "TO"];

/// A key in the case of names: `CITY OF MESA` is City of Mesa, `CVS` stays.
fn display(key: &str) -> String {
    let word = |(at, word): (usize, &str)| {
        let is_short = word.chars().count() <= 4;
        let has_vowel = word.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
        if word.contains('&') || LETTERS.contains(&word) || (is_short && !has_vowel && word.is_ascii()) {
            return word.to_owned();
        }
        if at != 0 && SMALL.contains(&word) {
            return word.to_lowercase();
        }
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| format!("{first}{}", letters.as_str().to_lowercase()))
    };
    key.split(' ').enumerate().map(word).collect::<Vec<_>>().join(" ")
}
