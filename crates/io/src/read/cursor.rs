//! A place in a text that is read word by word, without a look back.

/// Where the next word begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'b> {
    text: &'b str,
    pub(super) at: usize,
}

impl<'b> Cursor<'b> {
    pub(super) fn new(text: &'b str) -> Cursor<'b> {
        Cursor { text, at: 0 }
    }

    /// What has not been read, in bytes.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes over so many bytes and gives them, unless they end within a character.
    pub(super) fn pass(&mut self, bytes: usize) -> Option<&'b str> {
        let passed = self.text.get(self.at..self.at + bytes);
        self.at += bytes;
        passed
    }

    /// Passes over a word, if it is here.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let is_here = self.rest().starts_with(word.as_bytes());
        self.at += if is_here { word.len() } else { 0 };
        is_here
    }

    /// Passes over a byte, if it is here.
    pub(super) fn take_byte(&mut self, byte: u8) -> bool {
        let is_here = self.rest().first() == Some(&byte);
        self.at += usize::from(is_here);
        is_here
    }

    /// `[0-9]{1,16}`, which no sum of digits overflows; digits beyond are `None`.
    pub(super) fn digits(&mut self) -> Option<i64> {
        let rest = self.rest();
        let mut value = 0_i64;
        let mut length = 0;
        while let Some(eight) = rest[length..].first_chunk().and_then(eight_digits) {
            length += 8;
            if DIGITS_MAX < length {
                return None;
            }
            value = value * 100_000_000 + eight;
        }
        for byte in &rest[length..] {
            let digit = byte.wrapping_sub(b'0');
            if 9 < digit {
                break;
            }
            length += 1;
            if DIGITS_MAX < length {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        self.at += length;
        (0 < length).then_some(value)
    }

    /// [`Cursor::digits`] behind a minus or none.
    pub(super) fn integer(&mut self) -> Option<i64> {
        if self.take_byte(b'-') { self.digits().map(|value| -value) } else { self.digits() }
    }
}

const DIGITS_MAX: usize = 16;

/// The number that eight digits are, worked out at once: pairs of them, pairs of pairs, and the halves.
fn eight_digits(text: &[u8; 8]) -> Option<i64> {
    let text = u64::from_le_bytes(*text);
    // Of a digit, the upper half is 3, and stays so when 6 is added.
    let upper = 0xf0f0_f0f0_f0f0_f0f0;
    let both = text & upper | (text.wrapping_add(0x0606_0606_0606_0606) & upper) >> 4;
    if both != 0x3333_3333_3333_3333 {
        return None;
    }
    let ones = text & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (ones.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    i64::try_from(fours.wrapping_mul(10_000 << 32 | 1) >> 32).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_are_read_as_one_number_and_nothing_else_is() {
        for number in (0..100_000_000_i64).step_by(9_973).chain([99_999_999, 10_000_000, 9_090_909]) {
            let text = format!("{number:08}");
            assert_eq!(eight_digits(text.as_bytes().try_into().expect("eight")), Some(number));
        }
        for at in 0..8 {
            for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
                let mut text = *b"12345678";
                text[at] = byte;
                assert_eq!(eight_digits(&text), None, "{text:?}");
            }
        }
    }

    #[test]
    fn sixteen_digits_are_a_number_and_seventeen_are_none() {
        for length in 1..=17 {
            let text = &"12345678901234567"[..length];
            let mut cursor = Cursor::new(text);
            assert_eq!(cursor.digits(), text.parse().ok().filter(|_| length <= 16), "{text}");
        }
        for (text, number, rest) in
            [("12,", Some(12), ","), ("", None, ""), ("x", None, "x"), ("00000000x", Some(0), "x")]
        {
            let mut cursor = Cursor::new(text);
            assert_eq!((cursor.digits(), cursor.rest()), (number, rest.as_bytes()), "{text}");
        }
        assert_eq!(Cursor::new("-12").integer(), Some(-12));
        assert_eq!(Cursor::new("--1").integer(), None);
    }
}
