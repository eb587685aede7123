//! Descriptions folded and cut into words in one pass: most are plain, and most of what a text costs is reading it.

use super::text::{ASCII, DROPPED, Digits, Token, cut_field, eight, first_byte, letters_in, mix, normalise, tokens};

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
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
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

/// What a byte does to a plain text: it belongs to a word, to a number, to neither, or the text is not plain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Digit,
    Gap,
    Other,
}

const KINDS: [Kind; 256] = {
    let mut table = [Kind::Other; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match ASCII[byte as usize] {
            DROPPED => Kind::Other,
            b' ' => Kind::Gap,
            b'0'..=b'9' => Kind::Digit,
            _ => Kind::Word,
        };
        byte += 1;
    }
    table
};

/// Folds and cuts a text of ASCII without apostrophes. Returns false where the text is not plain and nothing is known of it.
fn fold_plain(text: &[u8], folded: &mut Folded, cut: &mut Vec<Token>) -> bool {
    // No text grows: a space stands for at least one byte.
    let room = text.len() + 8 + Folded::ROOM;
    if folded.bytes.len() < room {
        folded.bytes.resize(room, 0);
    }
    let out = folded.bytes.as_mut_slice();
    cut.clear();
    let (mut at, mut end) = (0, 0);
    let (mut gap, mut after_number, mut may_name_holder) = (false, false, false);
    while let Some(byte) = text.get(at) {
        let kind = KINDS[usize::from(*byte)];
        match kind {
            Kind::Gap => {
                gap = true;
                at += 1;
                continue;
            }
            Kind::Other => return false,
            Kind::Digit if after_number => {
                gap = false;
                at += digits_of(eight(text, at));
                continue;
            }
            Kind::Digit | Kind::Word => {}
        }
        let is_glued = !gap && end != 0;
        if gap && end != 0 {
            out[end] = b' ';
            end += 1;
        }
        gap = false;
        let start = end;
        after_number = kind == Kind::Digit;
        if after_number {
            out[end] = b'#';
            end += 1;
            cut.push(Token { start, end, head: u64::from(b'#'), hash: mix(1, u64::from(b'#')), is_glued });
            at += digits_of(eight(text, at));
            continue;
        }
        let (head, mut length) = word_of(eight(text, at));
        let mut hash = mix(0, head);
        write_eight(out, end, head);
        while length == 8 {
            (at, end) = (at + 8, end + 8);
            let bytes;
            (bytes, length) = word_of(eight(text, at));
            hash = mix(hash, bytes);
            write_eight(out, end, bytes);
        }
        (at, end) = (at + length, end + length);
        // Entries that touch the field after them are parted elsewhere.
        if text.get(at) == Some(&b':') && out[..end].ends_with(b"SEC") && (is_glued || 3 < end - start) {
            return false;
        }
        may_name_holder |= head == INDN || head == IND;
        cut.push(Token { start, end, head, hash, is_glued });
    }
    out[end..end + Folded::ROOM].fill(0);
    folded.end = end;
    if may_name_holder {
        folded.write(|out| {
            cut_field(out, b"INDN ", b" CO ID");
            cut_field(out, b"IND NAME ", b" TRN");
        });
        tokens(folded.text(), cut);
    }
    true
}

fn write_eight(out: &mut [u8], at: usize, bytes: u64) {
    if let Some(room) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<8>()) {
        *room = bytes.to_le_bytes();
    }
}

/// The words with which a field begins that names the holder, as the first eight bytes of a token.
const INDN: u64 = u64::from_le_bytes(*b"INDN\0\0\0\0");
const IND: u64 = u64::from_le_bytes(*b"IND\0\0\0\0\0");

/// Of eight bytes those that belong to a word, up to the first that does not, in upper case; and how many they are.
#[inline]
fn word_of(word: u64) -> (u64, usize) {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let letters = letters_in(word);
    // Adding carries into the high bit where the low seven differ from those of `&`.
    let differs = ((word & !HIGH) ^ 0x2626_2626_2626_2626).wrapping_add(0x7f7f_7f7f_7f7f_7f7f) | word;
    let others = !letters & differs & HIGH;
    // Ones below the byte of the lowest of them; everywhere when there is none.
    let before = ((others & others.wrapping_neg()) >> 7).wrapping_sub(1);
    (word & !(letters >> 2) & before, first_byte(others))
}

/// How many of eight bytes are digits before the first that is not.
fn digits_of(word: u64) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let low = word & !HIGH;
    let at_least_0 = low.wrapping_add(0x5050_5050_5050_5050);
    let above_9 = low.wrapping_add(0x4646_4646_4646_4646);
    first_byte((!at_least_0 | above_9 | word) & HIGH)
}

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
