//! Bank text made comparable: folded to upper-case ASCII words, with runs of digits as `#`, and the key of a counterparty.
//!
//! Names of account holders that ACH texts carry (`INDN:`, `IND NAME:`) are cut out before anything looks at the text: who
//! the applicant is decides nothing.

/// What a base letter with a mark is in ASCII, from U+00C0 to U+017F.
const LATIN: &[u8; 192] = b"AAAAAAACEEEEIIIIDNOOOOO OUUUUYTS\
AAAAAAACEEEEIIIIDNOOOOO OUUUUYTY\
AAAAAACCCCCCCCDDDDEEEEEEEEEEGGGGGGGGHHHHIIIIIIIIIIIIJJKKKLLLLLLL\
LLLNNNNNNNNNOOOOOOOORRRRRRSSSSSSSSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS";

/// Words that banks put around every text; they do not tell one payer from another.
const BOILERPLATE: [&str; 44] = [
    "ACH",
    "AND",
    "AUTH",
    "AUTHORIZED",
    "CARD",
    "CCD",
    "CHECKCARD",
    "CO",
    "CRD",
    "CREDIT",
    "DATE",
    "DBT",
    "DEBIT",
    "DES",
    "DESC",
    "DESCR",
    "EED",
    "ELECTRONIC",
    "ENTRY",
    "EXT",
    "ID",
    "IND",
    "NAME",
    "NBR",
    "NO",
    "NUMBER",
    "ON",
    "ORIG",
    "PIN",
    "POS",
    "PPD",
    "PREAUTHORIZED",
    "PURCHASE",
    "RECURRING",
    "REF",
    "SEC",
    "SEQ",
    "SIG",
    "TC",
    "TEL",
    "TRACE",
    "TRN",
    "VISA",
    "WEB",
];

/// How digits come out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Digits {
    /// As they are: for rules that read them.
    Kept,
    /// A run of digits, and of digits and separators, becomes one `#`: the shape of the text.
    Folded,
}

/// What an ASCII byte becomes: itself in upper case, a space for a sign, [`DROPPED`] for an apostrophe.
const ASCII: [u8; 128] = {
    let mut table = [b' '; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || byte == b'&' {
            table[byte as usize] = byte.to_ascii_uppercase();
        }
        byte += 1;
    }
    table[b'\'' as usize] = DROPPED;
    table[b'`' as usize] = DROPPED;
    table
};

const DROPPED: u8 = 0;

/// Writes the normal form of a description or of a rule's literal into `out`, as UTF-8.
///
/// Letters in upper case, accents dropped, apostrophes dropped, every other sign but `&` a space, runs of spaces one space.
/// In literals `#` stands for a run of digits; in descriptions it is a sign like others.
pub(super) fn normalise(text: &str, digits: Digits, hash_is_digits: bool, out: &mut Vec<u8>) {
    out.clear();
    out.reserve(text.len());
    let mut writer = Writer { out, digits, gap: false, may_name_holder: false };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        // Most bytes are letters, and most letters stand in words.
        let letters = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if 0 < letters {
            writer.letters(&bytes[at..at + letters]);
            at += letters;
            continue;
        }
        if let Some(&folded) = ASCII.get(usize::from(byte)) {
            at += 1;
            writer.byte(if hash_is_digits && byte == b'#' { b'#' } else { folded });
            continue;
        }
        let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        at += char.len_utf8();
        match char {
            '\u{2019}' | '\u{300}'..='\u{36f}' => {}
            _ => writer.unicode(char),
        }
    }
    if writer.may_name_holder {
        cut_field(out, b"INDN ", b" CO ID");
        cut_field(out, b"IND NAME ", b" TRN");
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    digits: Digits,
    /// A sign or a space stands between the last letter and the next.
    gap: bool,
    /// A word begins with I: only then can a field name the holder.
    may_name_holder: bool,
}

impl Writer<'_> {
    /// Letters of ASCII, at least one.
    fn letters(&mut self, letters: &[u8]) {
        self.open_word();
        self.may_name_holder |= letters[0].eq_ignore_ascii_case(&b'I') && self.starts_word();
        self.out.extend(letters.iter().map(u8::to_ascii_uppercase));
    }

    fn byte(&mut self, folded: u8) {
        match folded {
            DROPPED => {}
            b' ' => self.gap = true,
            b'0'..=b'9' | b'#' if self.digits == Digits::Folded => {
                if self.out.last() == Some(&b'#') {
                    self.gap = false;
                } else {
                    self.open_word();
                    self.out.push(b'#');
                }
            }
            _ => {
                self.open_word();
                self.may_name_holder |= folded == b'I' && self.starts_word();
                self.out.push(folded);
            }
        }
    }

    fn unicode(&mut self, char: char) {
        let (first, second) = fold_unicode(char);
        for char in [Some(first), second].into_iter().flatten() {
            if char.is_ascii() {
                self.byte(u8::try_from(char).unwrap_or(b' '));
            } else {
                self.open_word();
                self.out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    fn starts_word(&self) -> bool {
        self.out.last().is_none_or(|&byte| !is_word(byte))
    }

    fn open_word(&mut self) {
        if self.gap {
            self.gap = false;
            if !self.out.is_empty() {
                self.out.push(b' ');
            }
        }
    }
}

/// A letter beyond ASCII: its base letter where that is known, itself in upper case otherwise; a space for a sign.
fn fold_unicode(char: char) -> (char, Option<char>) {
    match char {
        'Æ' | 'æ' => return ('A', Some('E')),
        'Œ' | 'œ' => return ('O', Some('E')),
        'ß' | 'ẞ' => return ('S', Some('S')),
        _ => {}
    }
    let offset = (u32::from(char)).checked_sub(0xC0).and_then(|at| usize::try_from(at).ok());
    if let Some(&base) = offset.and_then(|at| LATIN.get(at)) {
        return (char::from(base), None);
    }
    if !char.is_alphanumeric() {
        return (' ', None);
    }
    let mut upper = char.to_uppercase();
    (upper.next().unwrap_or(char), upper.next())
}

/// Cuts the words after `begin` up to `end` or the end of the text, wherever `begin` starts a word.
fn cut_field(text: &mut Vec<u8>, begin: &[u8], end: &[u8]) {
    let mut from = 0;
    while let Some(at) = find(&text[from..], begin).map(|at| from + at) {
        let starts_word = at == 0 || !is_word(text[at - 1]);
        from = at + begin.len();
        if starts_word {
            // The field's last space belongs to `end`, hence the step back.
            from -= 1;
            let stop = find(&text[from..], end).map_or(text.len(), |stop| from + stop);
            text.drain(from..stop);
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| Some(byte) == part.first()) {
        if text[from + at..].starts_with(part) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// Whether a byte of the folded text belongs to a word; a digit run ends one.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte == b'&' || !byte.is_ascii()
}

/// The key of whoever stands behind a folded text: its words without numbers, masks and what banks add.
pub(super) fn counterparty(folded: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    let mut words = 0_u32;
    for word in folded.split(|&byte| byte == b' ') {
        let is_mask = word.iter().all(|&byte| byte == b'X');
        let is_boilerplate = || BOILERPLATE.binary_search_by(|known| known.as_bytes().cmp(word)).is_ok();
        if is_mask || word.contains(&b'#') || is_boilerplate() {
            continue;
        }
        hash.write(word);
        hash.write(b" ");
        words += 1;
    }
    if words == 0 { name_key(folded) } else { hash.finish() }
}

/// The key of a counterparty that a rule names.
pub(super) fn name_key(name: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    hash.write(name);
    hash.finish()
}

/// A normal form as text.
pub(super) fn as_text(normal: &[u8]) -> String {
    String::from_utf8_lossy(normal).into_owned()
}

/// FNV-1a, 64 bits: simple, and the same everywhere.
struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str, digits: Digits) -> String {
        let mut out = vec![];
        normalise(text, digits, false, &mut out);
        String::from_utf8(out).expect("whole letters are written")
    }

    fn folded(text: &str) -> String {
        normal(text, Digits::Folded)
    }

    fn kept(text: &str) -> String {
        normal(text, Digits::Kept)
    }

    #[test]
    fn signs_and_runs_of_digits_fold_to_one_shape() {
        assert_eq!(folded("  sq *Joe's  Café #0042 10/12/24 "), "SQ JOES CAFE #");
        assert_eq!(kept("  sq *Joe's  Café #0042 10/12/24 "), "SQ JOES CAFE 0042 10 12 24");
        assert_eq!(folded("AT&T*BILL 800-331-0500"), "AT&T BILL #");
        assert_eq!(folded("POS-2K3LM9"), "POS #K#LM#");
        assert_eq!(folded("Straße PŘEVOD œuvre Łódź"), "STRASSE PREVOD OEUVRE LODZ");
        assert_eq!(folded("e\u{301}te\u{301}"), "ETE");
        assert_eq!(folded("данные–тест"), "ДАННЫЕ ТЕСТ");
        assert_eq!(folded(" *-/ "), "");
    }

    #[test]
    fn the_holders_name_is_cut_out() {
        assert_eq!(
            folded("ACME DES:PAYROLL ID:XX1 INDN:NGUYEN,LOAN CO ID:XXXXX12345 PPD"),
            "ACME DES PAYROLL ID XX# INDN CO ID XXXXX# PPD"
        );
        assert_eq!(folded("ACME DES:PAYROLL INDN:NGUYEN LOAN"), "ACME DES PAYROLL INDN");
        assert_eq!(folded("ORIG CO NAME:ACME IND NAME:CHASE TARGET TRN: 0123TC"), "ORIG CO NAME ACME IND NAME TRN #TC");
        assert_eq!(folded("WINDN LOAN"), "WINDN LOAN");
        assert_eq!(folded("INDN INDN INDN A"), "INDN");
    }

    #[test]
    fn words_come_out_as_their_letters_do_one_by_one() {
        let parts = ["IN'D", "INDN", "ind name ", "Trn", "co id", "A&B", "é", "ß", "#", "42", "*", " ", "-I", "x", "Ж"];
        for seed in 0..3_000_usize {
            // Eight parts, as a generator of the multiplicative kind draws them.
            let drawn = (1..=8).scan(seed + 1, |state, _| {
                *state = *state * 48_271 % 2_147_483_647;
                Some(parts[*state % parts.len()])
            });
            let text: String = drawn.collect();
            for digits in [Digits::Kept, Digits::Folded] {
                let mut one_by_one = vec![];
                let mut writer = Writer { out: &mut one_by_one, digits, gap: false, may_name_holder: true };
                for char in text.chars() {
                    match ASCII.get(char as usize) {
                        Some(folded) => writer.byte(*folded),
                        None => writer.unicode(char),
                    }
                }
                cut_field(&mut one_by_one, b"INDN ", b" CO ID");
                cut_field(&mut one_by_one, b"IND NAME ", b" TRN");
                assert_eq!(normal(&text, digits).into_bytes(), one_by_one, "{text}");
            }
        }
    }

    // Test vectors of the FNV authors for 64-bit FNV-1a.
    #[test]
    fn the_key_is_fnv_1a() {
        assert_eq!(name_key(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(name_key(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(name_key(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_same_payer_has_the_same_key_whatever_the_numbers() {
        let key = |text| counterparty(folded(text).as_bytes());
        assert_eq!(key("ACME CORP PAYROLL PPD ID: 9000123"), key("ACME CORP PAYROLL PPD ID: 42"));
        assert_eq!(key("POS DEBIT KROGER #123"), key("KROGER 456"));
        assert_eq!(key("XXXX1234 NETFLIX.COM"), key("NETFLIX.COM"));
        assert_ne!(key("ACME CORP PAYROLL"), key("APEX CORP PAYROLL"));
        assert_ne!(key("POS 1"), key("ACH 1"));
    }

    #[test]
    fn the_list_of_boilerplate_is_sorted_for_its_search() {
        assert!(BOILERPLATE.is_sorted());
    }
}
