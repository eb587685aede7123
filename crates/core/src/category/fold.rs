//! Descriptions folded and cut into words in one pass: most are plain, and most of what a text costs is reading it.

use super::text::{Digits, Token, eight, first_bytes, mix, normalise, tokens};

/// A folded text with zeros behind it, so that eight bytes can be read at each of its places.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    bytes: Vec<u8>,
    end: usize,
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

    /// The byte at a place, 0 behind the text.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Takes what `write` writes over the text before.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.truncate(self.end);
        write(&mut self.bytes);
        self.end = self.bytes.len();
        self.bytes.resize(self.end + Folded::ROOM, 0);
    }
}

/// Writes the folded form of a description and cuts it into words and numbers: what [`normalise`] and [`tokens`] do, in one
/// pass over most texts.
pub(super) fn fold(description: &str, folded: &mut Folded, cut: &mut Vec<Token>) {
    if !fold_plain(description.as_bytes(), folded, cut) {
        folded.write(|out| normalise(description, Digits::Folded, false, out));
        tokens(folded.text(), cut);
    }
}

/// Bytes that are looked at at once, a bit each in a number.
const PIECE: usize = 64;
/// Bytes of a lane.
const STEP: usize = 16;

/// Which bytes of a piece of a text belong to words and which to numbers, a bit each.
struct Marks {
    words: u64,
    digits: u64,
    /// What keeps a text from being plain stands in it.
    odd: bool,
    /// A colon stands in it.
    colon: bool,
}

/// The marks of sixteen bytes, one in each that is marked.
#[derive(Clone, Copy, Default)]
struct Lanes {
    words: [u8; STEP],
    digits: [u8; STEP],
    odd: [u8; STEP],
    colon: [u8; STEP],
}

impl Marks {
    /// Marks a piece and writes it in upper case.
    #[inline]
    fn of(piece: &[u8; PIECE], upper: &mut [u8; PIECE + 8]) -> Marks {
        let (mut words, mut digits, mut odd, mut colon) = (0, 0, 0, 0);
        let (bytes, rooms) = (piece.as_chunks::<STEP>().0, upper.as_chunks_mut::<STEP>().0);
        for ((bytes, room), at) in bytes.iter().zip(rooms).zip(0..) {
            let lanes = lanes_of(bytes, room);
            words |= bits_of(lanes.words) << (at * STEP);
            digits |= bits_of(lanes.digits) << (at * STEP);
            odd |= u128::from_le_bytes(lanes.odd);
            colon |= u128::from_le_bytes(lanes.colon);
        }
        Marks { words, digits, odd: odd != 0, colon: colon != 0 }
    }
}

/// Written so that all lanes go at once.
#[inline]
fn lanes_of(bytes: &[u8; STEP], upper: &mut [u8; STEP]) -> Lanes {
    let mut lanes = Lanes::default();
    for lane in 0..STEP {
        let byte = bytes[lane];
        let big = byte ^ (u8::from(byte.wrapping_sub(b'a') < 26) << 5);
        let is_digit = byte.wrapping_sub(b'0') < 10;
        upper[lane] = if is_digit { b'#' } else { big };
        lanes.words[lane] = u8::from((big.wrapping_sub(b'A') < 26) | (big == b'&'));
        lanes.digits[lane] = u8::from(is_digit);
        lanes.colon[lane] = u8::from(byte == b':');
        lanes.odd[lane] = u8::from((0x80 <= byte) | (byte == b'\'') | (byte == b'`'));
    }
    lanes
}

/// A bit for each lane.
#[inline]
fn bits_of(lanes: [u8; STEP]) -> u64 {
    let (halves, _) = lanes.as_chunks::<8>();
    let [low, high] = [halves[0], halves[1]].map(|half| {
        // Each product moves a lane's bit to its place in the highest byte.
        u64::from_le_bytes(half).wrapping_mul(0x0102_0408_1020_4080) >> 56
    });
    low | (high << 8)
}

/// Folds and cuts a text of ASCII without apostrophes. Returns false where the text is not plain and nothing is known of it.
fn fold_plain(text: &[u8], folded: &mut Folded, cut: &mut Vec<Token>) -> bool {
    // No text grows: a space stands for at least one byte.
    let room = text.len() + 8 + Folded::ROOM;
    if folded.bytes.len() < room {
        folded.bytes.resize(room, 0);
    }
    cut.clear();
    let mut writer = Plain { out: &mut folded.bytes, cut, end: 0, touches: false, after_number: false };
    let mut at = 0;
    while at < text.len() {
        let Some(next) = writer.piece(text, at) else { return false };
        at = next;
    }
    let Plain { end, .. } = writer;
    folded.bytes[end..end + Folded::ROOM].fill(0);
    folded.end = end;
    if cut.iter().any(|word| word.head & !FOURTH == IND) {
        cut_holder(folded, cut, &[INDN], |words| words[0].head == CO && !words[0].is_glued && begins(words.get(1), ID));
        cut_holder(folded, cut, &[IND, NAME], |words| begins(words.first(), TRN));
    }
    true
}

/// Cuts the words behind those that begin a field up to those that end it, or to the end of the text.
fn cut_holder(folded: &mut Folded, cut: &mut Vec<Token>, begin: &[u64], ends: impl Fn(&[Token]) -> bool) {
    let mut from = 0;
    while let Some(words) = cut.get(from..).filter(|words| begin.len() < words.len()) {
        let (first, rest) = words.split_at(begin.len());
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
}

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
        let Marks { words, digits, odd, colon } = Marks::of(&piece, &mut upper);
        if odd {
            return None;
        }
        let runs = words | digits;
        let mut starts = (words & !(words << 1)) | (digits & !(digits << 1));
        // Of each run where it ends: behind its start and not behind the next.
        let mut ends = ((words << 1) & !words) | ((digits << 1) & !digits);
        let mut next = PIECE;
        // What touches the end may go on: it begins the next piece.
        if runs >> (PIECE - 1) == 1 {
            let last = starts.ilog2();
            starts &= !(1 << last);
            next = last as usize;
            if last == 0 {
                return None;
            }
        }
        let glued = (runs << 1) | u64::from(self.touches);
        self.touches = runs >> (next - 1) & 1 == 1;
        while starts != 0 {
            let bit = starts.trailing_zeros();
            let length = ends.trailing_zeros().wrapping_sub(bit) as usize;
            starts &= starts.wrapping_sub(1);
            ends &= ends.wrapping_sub(1);
            let is_number = digits >> bit & 1 == 1;
            if is_number & self.after_number {
                continue;
            }
            self.after_number = is_number;
            let is_glued = (glued >> bit & 1 == 1) & (self.end != 0);
            let here = bit as usize % PIECE;
            let written = if is_number { 1 } else { length };
            let head = eight(&upper, here) & first_bytes(written);
            self.out[self.end] = b' ';
            let start = self.end + usize::from(!is_glued & (self.end != 0));
            let mut hash = mix(u64::from(is_number), head);
            write_eight(self.out, start, head);
            let mut done = 8;
            while done <= written {
                let bytes = eight(&upper, here + done) & first_bytes(written - done);
                hash = mix(hash, bytes);
                write_eight(self.out, start + done, bytes);
                done += 8;
            }
            self.end = start + written;
            // Entries that touch the field after them are parted elsewhere.
            if colon
                && piece.get(here + length) == Some(&b':')
                && (is_glued | (3 < length))
                && self.out[..self.end].ends_with(b"SEC")
            {
                return None;
            }
            self.cut.push(Token { start, end: self.end, head, hash, is_glued });
        }
        Some(from + next)
    }
}

#[inline]
fn write_eight(out: &mut [u8], at: usize, bytes: u64) {
    if let Some(room) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<8>()) {
        *room = bytes.to_le_bytes();
    }
}

/// The words with which fields begin and end that name the holder, as the first eight bytes of a token.
const INDN: u64 = u64::from_le_bytes(*b"INDN\0\0\0\0");
const IND: u64 = u64::from_le_bytes(*b"IND\0\0\0\0\0");
/// The fourth byte, by which they differ.
const FOURTH: u64 = 0xff00_0000;
const NAME: u64 = u64::from_le_bytes(*b"NAME\0\0\0\0");
const CO: u64 = u64::from_le_bytes(*b"CO\0\0\0\0\0\0");
const ID: u64 = u64::from_le_bytes(*b"ID\0\0\0\0\0\0");
const TRN: u64 = u64::from_le_bytes(*b"TRN\0\0\0\0\0");

#[cfg(test)]
mod tests {
    use super::{super::text::as_text, *};

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
            "@[`{/09~",
        ];
        let mut state = 7_usize;
        let (mut folded, mut cut) = (Folded::default(), vec![]);
        let mut plain = 0;
        for length in (0..12).cycle().take(40_000) {
            let text: String = (0..length)
                .map(|_| {
                    // The multiplicative generator of Park and Miller.
                    state = state * 48_271 % 2_147_483_647;
                    parts[state % parts.len()]
                })
                .collect();
            let (mut expected, mut words) = (vec![], vec![]);
            normalise(&text, Digits::Folded, false, &mut expected);
            tokens(&expected, &mut words);
            plain += usize::from(fold_plain(text.as_bytes(), &mut folded, &mut cut));
            fold(&text, &mut folded, &mut cut);
            assert_eq!(as_text(folded.text()), as_text(&expected), "{text:?}");
            assert_eq!(cut, words, "{text:?}");
            let behind = (0..16).map(|after| folded.byte(folded.text().len() + after));
            assert_eq!(behind.max(), Some(0), "{text:?}");
        }
        assert!((5_000..35_000).contains(&plain), "{plain}");
    }
}
