//! Descriptions folded and cut into words in one pass: most are plain, and most of what a text costs is reading it.

use wide::u8x16;

use super::text::{Digits, Token, eight, first_bytes, mix, normalise, tokens};

/// A folded text with zeros behind it, so that eight bytes can be read at each of its places.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    bytes: Vec<u8>,
    end: usize,
    /// The description without apostrophes, when it has any.
    kept: Vec<u8>,
    /// A word may begin with DES or IND, as names of fields of an ACH entry do; false where none does for sure.
    may_have_fields: bool,
}

impl Folded {
    /// Zeros behind a text; words are written eight bytes at a time.
    const ROOM: usize = 16;

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// Eight bytes from a place in the text, or right behind it.
    #[inline]
    pub(super) fn eight(&self, at: usize) -> u64 {
        eight(&self.bytes, at)
    }

    /// Sixteen bytes from a place in the text, or right behind it; zeros from a place that is none.
    #[inline]
    pub(super) fn sixteen(&self, at: usize) -> [u64; 2] {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<16>());
        bytes.map_or([0; 2], |bytes| [eight(bytes, 0), eight(bytes, 8)])
    }

    /// The byte at a place, 0 behind the text.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Whether a name of a field of an ACH entry may stand in the text.
    pub(super) fn may_have_fields(&self) -> bool {
        self.may_have_fields
    }

    /// Takes what `write` writes over the text before.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.truncate(self.end);
        write(&mut self.bytes);
        self.may_have_fields = true;
        self.end = self.bytes.len();
        self.bytes.resize(self.end + Folded::ROOM, 0);
    }
}

/// Writes the folded form of a description and cuts it into words and numbers: what [`normalise`] and [`tokens`] do, in one
/// pass over most texts.
pub(super) fn fold(description: &str, folded: &mut Folded, cut: &mut Vec<Token>) {
    if !fold_plain(description.as_bytes(), folded, cut) && !fold_without_apostrophes(description, folded, cut) {
        folded.write(|out| normalise(description, Digits::Folded, false, out));
        tokens(folded.text(), cut);
    }
}

/// Folds and cuts a text that is plain but for its apostrophes, which part no words; false where it is not.
fn fold_without_apostrophes(description: &str, folded: &mut Folded, cut: &mut Vec<Token>) -> bool {
    if !description.is_ascii() {
        return false;
    }
    let mut kept = std::mem::take(&mut folded.kept);
    kept.clear();
    kept.extend(description.bytes().filter(|byte| !matches!(byte, b'\'' | b'`')));
    let is_plain = fold_plain(&kept, folded, cut);
    folded.kept = kept;
    is_plain
}

/// Bytes that are looked at at once, a bit each in a number.
const PIECE: usize = 64;
/// Bytes of a lane.
const STEP: usize = 16;

/// Which bytes of a piece of a text belong to words and which to numbers, and which are colons, a bit each.
struct Marks {
    words: u64,
    digits: u64,
    colons: u64,
    /// What keeps a text from being plain stands in it.
    odd: bool,
}

impl Marks {
    /// Marks a piece and writes it in upper case.
    #[inline]
    fn of(piece: &[u8; PIECE], upper: &mut [u8; PIECE + 8]) -> Marks {
        let mut marks = Marks { words: 0, digits: 0, colons: 0, odd: false };
        let (bytes, rooms) = (piece.as_chunks::<STEP>().0, upper.as_chunks_mut::<STEP>().0);
        for ((bytes, room), at) in bytes.iter().zip(rooms).zip(0..) {
            let lane = lane_of(bytes, room);
            marks.words |= u64::from(lane.words) << (at * STEP);
            marks.digits |= u64::from(lane.digits) << (at * STEP);
            marks.colons |= u64::from(lane.colons) << (at * STEP);
            marks.odd |= lane.odd != 0;
        }
        marks
    }
}

/// The marks of sixteen bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Lane {
    words: u32,
    digits: u32,
    colons: u32,
    /// Bytes beyond ASCII and apostrophes.
    odd: u32,
}

/// Sixteen bytes at once.
#[inline]
fn lane_of(bytes: &[u8; STEP], upper: &mut [u8; STEP]) -> Lane {
    let all = u8x16::splat;
    // Those before the first wrap round to numbers above all that count.
    let within = |lanes: u8x16, first: u8, count: u8| (lanes - all(first)).simd_lt(all(count));
    let bytes = u8x16::new(*bytes);
    let letters = within(bytes | all(0x20), b'a', 26);
    let digits = within(bytes, b'0', 10);
    *upper = digits.select(all(b'#'), bytes & !(letters & all(0x20))).to_array();
    Lane {
        words: (letters | bytes.simd_eq(all(b'&'))).to_bitmask(),
        digits: digits.to_bitmask(),
        colons: bytes.simd_eq(all(b':')).to_bitmask(),
        odd: (bytes | bytes.simd_eq(all(b'\'')) | bytes.simd_eq(all(b'`'))).to_bitmask(),
    }
}

/// Folds and cuts a text of ASCII without apostrophes. Returns false where the text is not plain and nothing is known of it.
fn fold_plain(text: &[u8], folded: &mut Folded, cut: &mut Vec<Token>) -> bool {
    // No text grows: a space stands for at least one byte.
    let room = text.len() + LINE + Folded::ROOM;
    if folded.bytes.len() < room {
        folded.bytes.resize(room, 0);
    }
    cut.clear();
    let mut writer =
        Plain { out: &mut folded.bytes, cut, end: 0, touches: false, after_number: false, may_have_fields: false };
    let mut at = 0;
    while at < text.len() {
        let Some(next) = writer.piece(text, at) else { return false };
        at = next;
    }
    let Plain { end, may_have_fields: fields, .. } = writer;
    folded.bytes[end..end + Folded::ROOM].fill(0);
    folded.end = end;
    folded.may_have_fields = fields;
    if fields && cut.iter().any(|word| word.head & !FOURTH == IND) {
        cut_holder(folded, cut, &[INDN], |words| words[0].head == CO && !words[0].is_glued && begins(words.get(1), ID));
        cut_holder(folded, cut, &[IND, NAME], |words| begins(words.first(), TRN));
    }
    true
}

/// Cuts the words behind those that begin a field up to those that end it, or to the end of the text.
fn cut_holder(folded: &mut Folded, cut: &mut Vec<Token>, begin: &[u64], ends: impl Fn(&[Token]) -> bool) {
    let mut from = 0;
    while let Some(words) = cut.get(from..) {
        // Most words begin nothing.
        let Some(at) = words.iter().position(|word| Some(&word.head) == begin.first()) else { return };
        from += at;
        let Some((first, rest)) = words[at..].split_at_checked(begin.len()).filter(|(_, rest)| !rest.is_empty()) else {
            return;
        };
        let is_begin = first.iter().map(|word| word.head).eq(begin.iter().copied());
        // A space stands between all of them and behind the last.
        if !is_begin || first.iter().skip(1).chain(&rest[..1]).any(|word| word.is_glued) {
            from += 1;
            continue;
        }
        from += begin.len();
        let to = (0..rest.len()).find(|at| ends(&rest[*at..])).map_or(cut.len(), |at| from + at);
        let here = cut[from - 1].end;
        // The space before the end of the field stays.
        let there = cut.get(to).map_or(folded.end, |word| word.start - 1);
        folded.write(|out| drop(out.drain(here..there)));
        cut.drain(from..to);
        for word in &mut cut[from..] {
            (word.start, word.end) = (word.start - (there - here), word.end - (there - here));
        }
    }
}

/// Whether a space stands before a word that begins with these letters.
fn begins(word: Option<&Token>, letters: u64) -> bool {
    let mask = u64::MAX >> (letters.leading_zeros() / 8 * 8);
    word.is_some_and(|word| !word.is_glued && word.head & mask == letters)
}

/// A plain text on its way.
struct Plain<'a> {
    out: &'a mut [u8],
    cut: &'a mut Vec<Token>,
    /// How much is written.
    end: usize,
    /// A word or number ends right before the next piece.
    touches: bool,
    after_number: bool,
    may_have_fields: bool,
}

/// Bytes that a piece may write: a space before what it begins with, itself, and the rest of the last eight.
const LINE: usize = PIECE + STEP;

impl Plain<'_> {
    /// Folds up to 64 bytes; where the next begin, or `None` when the text is not plain.
    fn piece(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let mut piece = [b' '; PIECE];
        let rest = &text[from..];
        match rest.first_chunk::<PIECE>() {
            Some(whole) => piece = *whole,
            None => piece[..rest.len()].copy_from_slice(rest),
        }
        let mut upper = [0; PIECE + 8];
        let Marks { words, digits, colons, odd } = Marks::of(&piece, &mut upper);
        if odd {
            return None;
        }
        let runs = words | digits;
        let mut word_starts = words & !(words << 1);
        let mut number_starts = digits & !(digits << 1);
        let mut next = PIECE;
        // What touches the end may go on: it begins the next piece.
        if runs >> (PIECE - 1) == 1 {
            let last = (word_starts | number_starts).ilog2();
            word_starts &= !(1 << last);
            number_starts &= !(1 << last);
            next = last as usize;
            if last == 0 {
                return None;
            }
        }
        let touches = u64::from(self.touches);
        if has_glued_class(colons & (words << 1), (runs << 4) | (touches << 3), &upper) {
            return None;
        }
        // Of numbers that follow each other the first stays: a one that is added at each word is carried on to the next number.
        let carried = word_starts.wrapping_add(u64::from(!self.after_number)).wrapping_add(!number_starts);
        let first_numbers = carried & number_starts;
        // The higher has the last.
        if number_starts != word_starts {
            self.after_number = word_starts < number_starts;
        }
        let mut starts = word_starts | first_numbers;
        // Each word ends at the first of these behind its start; of a number one sign is written.
        let ends = ((words << 1) & !words) | (number_starts << 1);
        let glued = (runs << 1) | touches;
        self.touches = runs >> (next - 1) & 1 == 1;
        // Before the first of a text a space is written too, and left behind.
        let skipped = usize::from(self.end == 0);
        let base = self.end.wrapping_sub(skipped);
        // A piece writes at most one byte more than it has, so that nothing below wraps: the masks spare the checks of places.
        let mut line = [0; 2 * PIECE + 8];
        let mut written = 0_usize;
        while starts != 0 {
            let bit = starts.trailing_zeros() % u64::BITS;
            starts &= starts.wrapping_sub(1);
            let here = bit as usize;
            // What is glued is never the first.
            let is_glued = glued >> bit & 1 == 1;
            let length = (ends >> bit >> 1).trailing_zeros().wrapping_add(1) as usize;
            let head = eight(&upper, here) & HEADS[length % HEADS.len()];
            if head & THREE == IND || head & THREE == DES {
                self.may_have_fields = true;
            }
            line[written % (2 * PIECE)] = b' ';
            let at = written.wrapping_add(usize::from(!is_glued));
            let mut hash = mix(u64::from(head == NUMBER), head);
            write_eight(&mut line, at % (2 * PIECE), head);
            let mut done = 8;
            while done <= length {
                let bytes = eight(&upper, here + done) & first_bytes(length - done);
                hash = mix(hash, bytes);
                write_eight(&mut line, at + done, bytes);
                done += 8;
            }
            written = at.wrapping_add(length);
            let (start, end) = (base.wrapping_add(at), base.wrapping_add(written));
            self.cut.push(Token { start, end, head, hash, is_glued });
        }
        self.out[self.end..self.end + LINE].copy_from_slice(&line[skipped..skipped + LINE]);
        self.end += written.saturating_sub(skipped);
        Some(from + next)
    }
}

/// Whether one of these colons stands behind `SEC` that touches the entry before it; such texts are parted elsewhere. `joined`
/// has a bit for each place four behind which there is a letter or a digit.
#[inline]
fn has_glued_class(mut colons: u64, joined: u64, upper: &[u8]) -> bool {
    while colons != 0 {
        let bit = colons.trailing_zeros();
        colons &= colons.wrapping_sub(1);
        if joined >> bit & 1 == 1 && upper.get(..bit as usize).is_some_and(|before| before.ends_with(b"SEC")) {
            return true;
        }
    }
    false
}

/// Masks of so many first bytes of eight, for each length that a word of a piece can have.
const HEADS: [u64; 2 * PIECE] = {
    let mut masks = [u64::MAX; 2 * PIECE];
    let mut length = 0;
    while length < 8 {
        masks[length] = (1 << (8 * length)) - 1;
        length += 1;
    }
    masks
};

/// A number, as the first eight bytes of a token.
const NUMBER: u64 = b'#' as u64;

#[inline]
fn write_eight(out: &mut [u8], at: usize, bytes: u64) {
    if let Some(room) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<8>()) {
        *room = bytes.to_le_bytes();
    }
}

/// The words with which fields begin and end that name the holder, as the first eight bytes of a token.
const INDN: u64 = u64::from_le_bytes(*b"INDN\0\0\0\0");
const IND: u64 = u64::from_le_bytes(*b"IND\0\0\0\0\0");
const DES: u64 = u64::from_le_bytes(*b"DES\0\0\0\0\0");
/// Three bytes.
const THREE: u64 = 0x00ff_ffff;
/// The fourth byte, by which they differ.
const FOURTH: u64 = 0xff00_0000;
const NAME: u64 = u64::from_le_bytes(*b"NAME\0\0\0\0");
const CO: u64 = u64::from_le_bytes(*b"CO\0\0\0\0\0\0");
const ID: u64 = u64::from_le_bytes(*b"ID\0\0\0\0\0\0");
const TRN: u64 = u64::from_le_bytes(*b"TRN\0\0\0\0\0");

#[cfg(test)]
mod tests {
    use super::{super::text::as_text, *};

    /// One byte after the other.
    fn lane_by_bytes(bytes: &[u8; STEP], upper: &mut [u8; STEP]) -> Lane {
        let mut lane = Lane::default();
        for (at, (byte, room)) in bytes.iter().zip(upper).enumerate() {
            *room = if byte.is_ascii_digit() { b'#' } else { byte.to_ascii_uppercase() };
            lane.words |= u32::from(byte.is_ascii_alphabetic() | (*byte == b'&')) << at;
            lane.digits |= u32::from(byte.is_ascii_digit()) << at;
            lane.colons |= u32::from(*byte == b':') << at;
            lane.odd |= u32::from(!byte.is_ascii() | matches!(byte, b'\'' | b'`')) << at;
        }
        lane
    }

    #[test]
    fn sixteen_bytes_at_once_are_marked_as_one_after_the_other() {
        for first in 0..=u8::MAX {
            let bytes: [u8; STEP] =
                std::array::from_fn(|at| first.wrapping_add(u8::try_from(37 * at % 256).unwrap_or(0)));
            let (mut at_once, mut one_by_one) = ([0; STEP], [0; STEP]);
            assert_eq!(lane_of(&bytes, &mut at_once), lane_by_bytes(&bytes, &mut one_by_one), "{bytes:?}");
            assert_eq!(at_once, one_by_one, "{bytes:?}");
        }
    }

    #[test]
    fn one_pass_folds_and_cuts_as_two_do() {
        let parts = [
            "A",
            "abc",
            "PAYMENT",
            "PAYMENTS",
            "Purchases12",
            "&",
            "&&",
            "7",
            "42",
            "0000000012",
            " ",
            "  ",
            "-",
            "#",
            ":",
            "*",
            "'",
            "é",
            "Ж",
            "\0",
            "SEC:PPD",
            "DEPSEC:PPD",
            "9SEC:WEB",
            "SEC",
            "INDN:",
            "INDN",
            "IND NAME:",
            "IND",
            "NAME ",
            "CO",
            "IDENT",
            "TRNS",
            " CO ID:1 ",
            " TRN",
            "X",
            "@[{/09~",
            "`",
        ];
        let mut state = 7_usize;
        let (mut folded, mut cut) = (Folded::default(), vec![]);
        let (mut plain, mut long) = (0, 0);
        // A number that goes on behind a piece, a field that touches one there, and a word that fills one.
        let edges = [format!("{}1   2 X", "AB ".repeat(20)), format!("{}9SEC:PPD", "A ".repeat(30)), "X".repeat(130)];
        let drawn = (0..12).cycle().take(40_000).enumerate().map(|(number, length)| {
            // Every second text is longer than a piece.
            let before = ["", "AB CD ", "ABCDEFG", "7 "][number % 4].repeat(number % 2 * 12);
            let mut text: String = before.chars().take(55 + number / 2 % 12).collect();
            for _ in 0..length {
                // The multiplicative generator of Park and Miller.
                state = state * 48_271 % 2_147_483_647;
                text.push_str(parts[state % parts.len()]);
            }
            text
        });
        for text in edges.into_iter().chain(drawn) {
            let (mut expected, mut words) = (vec![], vec![]);
            normalise(&text, Digits::Folded, false, &mut expected);
            tokens(&expected, &mut words);
            let is_plain = fold_plain(text.as_bytes(), &mut folded, &mut cut);
            plain += usize::from(is_plain);
            long += usize::from(is_plain && PIECE < text.len());
            fold(&text, &mut folded, &mut cut);
            assert_eq!(as_text(folded.text()), as_text(&expected), "{text:?}");
            assert_eq!(cut, words, "{text:?}");
            let behind = (0..16).map(|after| folded.byte(folded.text().len() + after));
            assert_eq!(behind.max(), Some(0), "{text:?}");
        }
        assert!((5_000..35_000).contains(&plain) && 2_000 < long, "{plain} {long}");
    }
}
