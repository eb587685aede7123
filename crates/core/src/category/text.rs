//! Bank text made comparable: folded to upper-case ASCII words, with runs of digits as `#`.
//!
//! Names of account holders that ACH texts carry (`INDN:`, `IND NAME:`) are cut out before anything looks at the text: who
//! the applicant is decides nothing.

use super::fold::Folded;

/// What a base letter with a mark is in ASCII, from U+00C0 to U+017F.
const LATIN: &[u8; 192] = b"AAAAAAACEEEEIIIIDNOOOOO OUUUUYTS\
AAAAAAACEEEEIIIIDNOOOOO OUUUUYTY\
AAAAAACCCCCCCCDDDDEEEEEEEEEEGGGGGGGGHHHHIIIIIIIIIIIIJJKKKLLLLLLL\
LLLNNNNNNNNNOOOOOOOORRRRRRSSSSSSSSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS";

/// Standard entry classes of the ACH network that follow `SEC:`.
const SEC_CLASSES: [&[u8; 3]; 8] = [b"PPD", b"CCD", b"WEB", b"TEL", b"CTX", b"ARC", b"POP", b"IAT"];

/// How digits come out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Digits {
    /// As they are: for rules that read them.
    Kept,
    /// A run of digits, and of digits and separators, becomes one `#`: the shape of the text.
    Folded,
}

/// What an ASCII byte becomes: itself in upper case, a space for a sign, [`DROPPED`] for an apostrophe.
pub(super) const ASCII: [u8; 128] = {
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

pub(super) const DROPPED: u8 = 0;

/// Writes the normal form of a description or of a rule's literal into `out`, as UTF-8.
///
/// Letters in upper case, accents dropped, apostrophes dropped, every other sign but `&` a space, runs of spaces one space.
/// In literals `#` stands for a run of digits; in descriptions it is a sign like others.
pub(super) fn normalise(text: &str, digits: Digits, hash_is_digits: bool, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if is_normal(bytes) {
        out.clear();
        out.extend_from_slice(bytes);
        return;
    }
    // A letter beyond ASCII has at least two bytes and becomes two of at most three; steps of eight write past their end.
    let room = if text.is_ascii() { bytes.len() } else { 3 * bytes.len() } + 16;
    out.clear();
    out.resize(room, 0);
    let mut writer = Writer { out, end: 0, digits, gap: false, may_name_holder: false };
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        // Most bytes are letters, and most letters stand in words: up to eight go in one step.
        if let Some(eight) = bytes[at..].first_chunk::<8>() {
            let (upper, letters) = letters_of(*eight);
            if 0 < letters {
                writer.letters(upper, letters);
                at += letters;
                continue;
            }
        }
        if byte == b':' {
            writer.part_from_sec(&bytes[at + 1..]);
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
    let Writer { end, may_name_holder, .. } = writer;
    out.truncate(end);
    if may_name_holder {
        cut_field(out, b"INDN ", b" CO ID");
        cut_field(out, b"IND NAME ", b" TRN");
    }
}

/// Whether a text is surely in normal form: capitals and `&` in words with one space between them, of which none can begin a
/// field that names the holder. Most literals of rules are.
fn is_normal(text: &[u8]) -> bool {
    let mut after_space = true;
    for &byte in text {
        let is_letter = byte.is_ascii_uppercase() || byte == b'&';
        if (after_space && (!is_letter || byte == b'I')) || !(is_letter || byte == b' ') {
            return false;
        }
        after_space = !is_letter;
    }
    !after_space
}

struct Writer<'a> {
    /// Room for everything that may come.
    out: &'a mut [u8],
    /// How much of it is written.
    end: usize,
    digits: Digits,
    /// A sign or a space stands between the last letter and the next.
    gap: bool,
    /// A word begins with I: only then can a field name the holder.
    may_name_holder: bool,
}

impl Writer<'_> {
    /// The first `count` letters of ASCII, at least one.
    fn letters(&mut self, upper: [u8; 8], count: usize) {
        self.open_word();
        self.may_name_holder |= upper[0] == b'I' && self.starts_word();
        if let Some(room) = self.out[self.end..].first_chunk_mut() {
            *room = upper;
            self.end += count;
        }
    }

    #[inline]
    fn byte(&mut self, folded: u8) {
        match folded {
            DROPPED => {}
            b' ' => self.gap = true,
            b'0'..=b'9' | b'#' if self.digits == Digits::Folded => {
                if self.last() == Some(b'#') {
                    self.gap = false;
                } else {
                    self.open_word();
                    self.push(b'#');
                }
            }
            _ => {
                self.open_word();
                self.may_name_holder |= folded == b'I' && self.starts_word();
                self.push(folded);
            }
        }
    }

    /// An entry's description is ten letters wide: longer ones touch the field after them, as in `DIRECT DEPSEC:PPD`.
    fn part_from_sec(&mut self, rest: &[u8]) {
        let Some(at) = self.end.checked_sub(3).filter(|at| 0 < *at && !self.gap) else { return };
        let is_class = rest.first_chunk::<3>().is_some_and(|class| SEC_CLASSES.contains(&class));
        let is_glued = &self.out[at..self.end] == b"SEC" && self.out[at - 1] != b' ';
        if is_glued && is_class {
            self.end = at;
            b" SEC".iter().for_each(|byte| self.push(*byte));
        }
    }

    fn unicode(&mut self, char: char) {
        let (first, second) = fold_unicode(char);
        for char in [Some(first), second].into_iter().flatten() {
            if char.is_ascii() {
                self.byte(u8::try_from(char).unwrap_or(b' '));
            } else {
                self.open_word();
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.push(byte));
            }
        }
    }

    fn last(&self) -> Option<u8> {
        self.end.checked_sub(1).and_then(|at| self.out.get(at)).copied()
    }

    fn starts_word(&self) -> bool {
        self.last().is_none_or(|byte| !is_word(byte))
    }

    fn open_word(&mut self) {
        if self.gap {
            self.gap = false;
            if self.end != 0 {
                self.push(b' ');
            }
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(room) = self.out.get_mut(self.end) {
            *room = byte;
            self.end += 1;
        }
    }
}

/// Eight bytes with the letters of ASCII in upper case, and how many of them are letters before the first other byte.
fn letters_of(bytes: [u8; 8]) -> ([u8; 8], usize) {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(bytes);
    let letters = letters_in(word);
    let upper = word & !(letters >> 2);
    (upper.to_le_bytes(), first_byte(!letters & HIGH))
}

/// The high bits of those of eight bytes that are letters of ASCII.
fn letters_in(word: u64) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let lower = (word | 0x2020_2020_2020_2020) & !HIGH;
    // Adding carries into the high bit where a byte is at least 'a', and where it is more than 'z'. No sum leaves its byte.
    let at_least_a = lower.wrapping_add(0x1f1f_1f1f_1f1f_1f1f);
    let above_z = lower.wrapping_add(0x0505_0505_0505_0505);
    at_least_a & !above_z & !word & HIGH
}

/// How many bytes stand before the first whose high bit is set.
fn first_byte(high_bits: u64) -> usize {
    usize::try_from(high_bits.trailing_zeros() / 8).unwrap_or(8)
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

/// The key of a text with its digits, and of one without words.
pub(super) fn name_key(name: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    hash.write(name);
    hash.finish()
}

/// A normal form as text.
pub(super) fn as_text(normal: &[u8]) -> String {
    String::from_utf8_lossy(normal).into_owned()
}

/// A word, or a number, of a folded text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its first eight bytes, zero beyond its end.
    pub(super) head: u64,
    pub(super) hash: u64,
    /// It touches the token before it, as `K` does in `#K`.
    pub(super) is_glued: bool,
}

/// Cuts a folded text into words and numbers.
pub(super) fn tokens(folded: &[u8], out: &mut Vec<Token>) {
    out.clear();
    let mut start = 0;
    while let Some(&byte) = folded.get(start) {
        if byte == b' ' {
            start += 1;
            continue;
        }
        let number = (start + 1, u64::from(byte), mix(1, u64::from(byte)));
        let (end, head, hash) = if is_word(byte) { word(folded, start) } else { number };
        let is_glued = out.last().is_some_and(|before| before.end == start);
        out.push(Token { start, end, head, hash, is_glued });
        start = end;
    }
}

/// The end, the first bytes and the hash of the word that begins at `start`, eight bytes at a time.
fn word(folded: &[u8], start: usize) -> (usize, u64, u64) {
    // Of what a folded text holds, only the space and `#` are no part of a word, and both are below all others.
    const BELOW: u64 = 0x2626_2626_2626_2626;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (mut at, mut head, mut hash) = (start, 0, 0);
    loop {
        let bytes = eight(folded, at);
        let length = first_byte(bytes.wrapping_sub(BELOW) & !bytes & HIGH);
        let bytes = bytes & first_bytes(length);
        if at == start {
            head = bytes;
        }
        hash = mix(hash, bytes);
        at += length;
        if length < 8 {
            return (at, head, hash);
        }
    }
}

/// Eight bytes of a text from `at`, zero beyond its end.
#[inline]
pub(super) fn eight(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    rest.first_chunk::<8>().map_or_else(|| fewer_than_eight(text, rest), |bytes| u64::from_le_bytes(*bytes))
}

fn fewer_than_eight(text: &[u8], rest: &[u8]) -> u64 {
    match text.last_chunk::<8>() {
        _ if rest.is_empty() => 0,
        // The last eight bytes of the text, without those before the rest.
        Some(last) => u64::from_le_bytes(*last) >> (8 * (8 - rest.len())),
        None => rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    }
}

/// A mask of the first bytes of eight.
pub(super) fn first_bytes(count: usize) -> u64 {
    const MASKS: [u64; 8] =
        [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff];
    MASKS.get(count).copied().unwrap_or(u64::MAX)
}

/// Writes the text without the names of ACH fields that part a company from its entry, so that `ETSY DES:PAYOUT` reads
/// `ETSY PAYOUT` too, and its words. Returns whether it has any.
pub(super) fn without_fields(folded: &Folded, words: &[Token], out: &mut Folded, cut: &mut Vec<Token>) -> bool {
    const FIELDS: [&[&[u8]]; 6] = [
        &[b"DES"],
        &[b"CO", b"ENTRY", b"DESCR"],
        &[b"ORIG", b"ID", b"#"],
        &[b"DESC", b"DATE", b"#"],
        &[b"DESC", b"DATE"],
        &[b"ENTRY", b"DESCR"],
    ];
    const DES: u64 = u64::from_le_bytes(*b"DES\0\0\0\0\0");
    const DESCR: u64 = u64::from_le_bytes(*b"DESCR\0\0\0");
    if !folded.may_have_fields() || !words.iter().any(|token| token.head == DES || token.head == DESCR) {
        return false;
    }
    let folded = folded.text();
    let word = |token: &Token| &folded[token.start..token.end];
    cut.clear();
    let mut is_joined = false;
    out.write(|out| {
        out.clear();
        let (mut at, mut is_behind_field) = (0, false);
        while let Some(token) = words.get(at) {
            // Most words begin none; the first words of fields have no more than eight letters.
            let mut begun = FIELDS.iter().filter(|field| eight(field[0], 0) == token.head);
            let field = begun.find(|field| {
                words.get(at..at + field.len()).is_some_and(|here| here.iter().map(word).eq(field.iter().copied()))
            });
            if let Some(field) = field {
                (at, is_behind_field) = (at + field.len(), true);
                continue;
            }
            // What touched a field touches what stood before it.
            is_joined |= token.is_glued && is_behind_field;
            if !out.is_empty() && !token.is_glued {
                out.push(b' ');
            }
            let start = out.len();
            out.extend_from_slice(word(token));
            cut.push(Token { start, end: out.len(), ..*token });
            (at, is_behind_field) = (at + 1, false);
        }
    });
    if is_joined {
        tokens(out.text(), cut);
    }
    true
}

/// Takes one more number into a hash; the same on every platform. For one hash no two numbers give the same, on which the
/// table of [`super::words`] relies.
pub(super) fn mix(hash: u64, number: u64) -> u64 {
    let mixed = (hash.rotate_left(29) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
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
    use super::{super::fold::fold, *};

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
    fn names_of_fields_part_no_company_from_its_entry() {
        let without = |text: &str| {
            let (mut folded, mut words, mut out, mut left) = (Folded::default(), vec![], Folded::default(), vec![]);
            fold(text, &mut folded, &mut words);
            let has_any = without_fields(&folded, &words, &mut out, &mut left);
            let mut again = vec![];
            tokens(out.text(), &mut again);
            assert!(!has_any || left == again, "{text}");
            has_any.then(|| as_text(out.text()))
        };
        assert_eq!(without("ETSY DES:PAYOUT ID:X12").as_deref(), Some("ETSY PAYOUT ID X#"));
        let chase = "ORIG CO NAME:ETSY ORIG ID:1234 DESC DATE:260501 CO ENTRY DESCR:PAYOUT SEC:CCD";
        assert_eq!(without(chase).as_deref(), Some("ORIG CO NAME ETSY PAYOUT SEC CCD"));
        assert_eq!(without("ETSY PAYOUT"), None);
        // What touches a field that is gone touches what stood before it, or nothing.
        for (text, left) in
            [("IDEA DES123 PMT", "IDEA# PMT"), ("ETSY DES:A7 DESSERT", "ETSY A# DESSERT"), ("DES1 A", "# A")]
        {
            assert_eq!(without(text).as_deref(), Some(left));
        }
    }

    #[test]
    fn an_entry_that_touches_the_next_field_is_parted_from_it() {
        assert_eq!(folded("CO ENTRY DESCR:DIRECT DEPSEC:PPD TRACE#:1"), "CO ENTRY DESCR DIRECT DEP SEC PPD TRACE #");
        assert_eq!(folded("DESCR:PAYROLL SEC:PPD"), "DESCR PAYROLL SEC PPD");
        assert_eq!(folded("SEC:PPD"), "SEC PPD");
        assert_eq!(folded("INFOSEC: NOTES"), "INFOSEC NOTES");
    }

    #[test]
    fn words_come_out_as_their_letters_do_one_by_one() {
        let parts =
            ["IN'D", "INDN", "ind name ", "Trn", "co id", "A&B", "CAFE", "é", "ß", "#", "42", "*", " ", "-I", "x", "Ж"];
        for seed in 0..6_000_usize {
            // Up to eight parts, as a generator of the multiplicative kind draws them.
            let drawn = (0..=seed % 8).scan(seed + 1, |state, _| {
                *state = *state * 48_271 % 2_147_483_647;
                Some(parts[*state % parts.len()])
            });
            let text: String = drawn.collect();
            for digits in [Digits::Kept, Digits::Folded] {
                let mut one_by_one = vec![0; 300];
                let mut writer = Writer { out: &mut one_by_one, end: 0, digits, gap: false, may_name_holder: true };
                for char in text.chars() {
                    match ASCII.get(char as usize) {
                        Some(folded) => writer.byte(*folded),
                        None => writer.unicode(char),
                    }
                }
                let end = writer.end;
                one_by_one.truncate(end);
                cut_field(&mut one_by_one, b"INDN ", b" CO ID");
                cut_field(&mut one_by_one, b"IND NAME ", b" TRN");
                assert_eq!(normal(&text, digits).into_bytes(), one_by_one, "{text}");
            }
        }
    }

    #[test]
    fn a_text_is_cut_into_words_and_numbers() {
        let cut = |text: &str| -> Vec<String> {
            let mut words = vec![];
            tokens(text.as_bytes(), &mut words);
            words
                .iter()
                .map(|one| format!("{}{}", if one.is_glued { "+" } else { "" }, &text[one.start..one.end]))
                .collect()
        };
        assert_eq!(cut("AT&T #K#LM# CONSTANTINOPOLITAN"), ["AT&T", "#", "+K", "+#", "+LM", "+#", "CONSTANTINOPOLITAN"]);
        assert_eq!(cut("ДАННЫЕ А"), ["ДАННЫЕ", "А"]);
        assert!(cut("").is_empty());
        for length in 1..30 {
            let word = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD"[..length].to_owned();
            assert_eq!(cut(&word), std::slice::from_ref(&word));
            assert_eq!(cut(&format!("{word} #")), [word, "#".to_owned()]);
        }
    }

    // Test vectors of the FNV authors for 64-bit FNV-1a.
    #[test]
    fn the_key_is_fnv_1a() {
        assert_eq!(name_key(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(name_key(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(name_key(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
