//! Text folded to lower-case ASCII words: accents off, other scripts' letters written as banks write them.

use unicode_normalization::UnicodeNormalization as _;

/// Lower-case ASCII letters and digits of a text; everything else parts words. Apostrophes and full stops inside a word
/// close up (O'Brien, J.R.), as banks write names without them.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    // Composed first: a letter with its own Latin spelling (й) is no base letter with an accent.
    let mut letters = text.nfkc().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let previous = std::mem::replace(&mut before, letter);
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
            continue;
        }
        if let Some(written) = greek_pair(previous, letter, letters.peek().copied()) {
            word.push_str(written);
            continue;
        }
        match spelled(letter) {
            Spelled::Letters(letters) => word.push_str(letters),
            Spelled::Nothing => {}
            Spelled::Other => {
                for part in std::iter::once(letter).nfkd() {
                    match spelled(part) {
                        Spelled::Letters(letters) => word.push_str(letters),
                        _ if part.is_ascii_alphanumeric() => word.push(part.to_ascii_lowercase()),
                        _ if is_mark(part) => {}
                        // A letter of a script that is not spelled here stays itself: equal texts stay equal.
                        _ if part.is_alphanumeric() => word.extend(part.to_lowercase()),
                        _ => {
                            if !word.is_empty() {
                                words.push(std::mem::take(&mut word));
                            }
                        }
                    }
                }
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

enum Spelled {
    Letters(&'static str),
    Nothing,
    Other,
}

fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Greek letters that their neighbours change: αυ is av or af, γγ is ng.
///
/// # Source
///
/// ELOT 743 (ISO 843), which Greek passports follow.
fn greek_pair(previous: char, letter: char, next: Option<char>) -> Option<&'static str> {
    let lower = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    match (lower(previous), lower(letter), next.map(lower)) {
        ('α' | 'ε' | 'η', 'υ' | 'ύ', next) => {
            let is_sharp = next.is_none_or(|next| "θκξπσςτφχψ".contains(next) || !next.is_alphabetic());
            Some(if is_sharp { "f" } else { "v" })
        }
        (_, 'γ', Some('γ' | 'ξ' | 'χ')) => Some("n"),
        _ => None,
    }
}

/// Letters without a decomposition, Cyrillic and Greek, as passports of most issuers spell them (ICAO 9303, part 3).
fn spelled(letter: char) -> Spelled {
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    let letters = match lower {
        '\'' | '’' | '‘' | '`' | 'ʼ' | '.' | 'ь' | 'ъ' => return Spelled::Nothing,
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'а' | 'α' | 'ά' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' | 'δ' => "d",
        'е' | 'э' | 'ё' | 'ε' | 'έ' => "e",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'и' | 'й' | 'ы' | 'і' | 'ї' | 'ι' | 'ί' | 'η' | 'ή' => "i",
        'к' | 'κ' => "k",
        'л' | 'λ' => "l",
        'м' | 'μ' => "m",
        'н' | 'ν' => "n",
        'о' | 'ο' | 'ό' | 'ω' | 'ώ' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'т' | 'τ' => "t",
        'у' | 'υ' | 'ύ' => "u",
        'ф' | 'φ' => "f",
        'х' => "kh",
        'χ' => "ch",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ю' => "iu",
        'я' => "ia",
        'є' => "ie",
        'β' => "v",
        'γ' => "g",
        'θ' => "th",
        'ξ' => "x",
        'ψ' => "ps",
        _ => return Spelled::Other,
    };
    Spelled::Letters(letters)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other (optimal string
/// alignment); one more than `most` when more are needed, which is told soon: only cells within `most` of the diagonal are
/// looked at.
///
/// # Source
///
/// Damerau (1964), Communications of the ACM 7; the restricted form, in which no part is edited twice. The band: Ukkonen
/// (1985), Information and Control 64.
pub(crate) fn edits(one: &str, other: &str, most: usize) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let beyond = most + 1;
    if most < one.len().abs_diff(other.len()) {
        return beyond;
    }
    let width = other.len() + 1;
    let (mut before, mut line) = (vec![beyond; width], vec![beyond; width]);
    let mut last: Vec<usize> = (0..width).map(|at| at.min(beyond)).collect();
    for row in 1..=one.len() {
        let (from, to) = (row.saturating_sub(most), (row + most).min(other.len()));
        match from.checked_sub(1) {
            Some(outside) => line[outside] = beyond,
            None => line[0] = row.min(beyond),
        }
        for at in from.max(1)..=to {
            let differs = usize::from(one[row - 1] != other[at - 1]);
            let mut least = (last[at] + 1).min(line[at - 1] + 1).min(last[at - 1] + differs);
            let swapped = 1 < row && 1 < at && one[row - 1] == other[at - 2] && one[row - 2] == other[at - 1];
            if swapped {
                least = least.min(before[at - 2] + 1);
            }
            line[at] = least.min(beyond);
        }
        if to < other.len() {
            line[to + 1] = beyond;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut line);
    }
    last[width - 1]
}

/// One slip of the hand in a word of four letters or more, two in one of eight or more.
pub(crate) fn is_slip(one: &str, other: &str) -> bool {
    let shorter = one.chars().count().min(other.chars().count());
    let allowed = match shorter {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    0 < allowed && edits(one, other, allowed) <= allowed
}

/// What a hand may have slipped in: names are held to less than streets, since a letter makes another name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slip {
    /// More than a slip.
    None,
    /// Two neighbours changed places, in a word of five letters or more and not at its end: Christina is not Christian.
    Swap,
    /// One letter, in a word of four letters or more.
    Letter,
    /// Two, in a word of eight letters or more.
    Letters,
}

/// Which slip turns one word into the other.
pub(crate) fn slip(one: &str, other: &str) -> Slip {
    let (mine, theirs) = (one.chars().count(), other.chars().count());
    let longest = mine.max(theirs);
    if longest < 4 || 2 < mine.abs_diff(theirs) {
        return Slip::None;
    }
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    match edits(one, other, 2) {
        1 if 5 <= longest && one.chars().last() == other.chars().last() && sorted(one) == sorted(other) => Slip::Swap,
        1 => Slip::Letter,
        2 if 8 <= longest => Slip::Letters,
        _ => Slip::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_apostrophes_and_other_scripts_fold_to_what_a_bank_writes() {
        for (text, expected) in [
            ("José Núñez", "jose nunez"),
            ("O'BRIEN", "obrien"),
            ("Łukasz Wójcik", "lukasz wojcik"),
            ("Müller-Groß", "muller gross"),
            ("Дмитрий Иванов", "dmitrii ivanov"),
            ("J.R. SMITH", "jr smith"),
            ("Γιώργος", "giorgos"),
            ("Σταύρος Ευαγγέλου", "stavros evangelou"),
            ("ΕΥΤΥΧΊΑ", "eftuchia"),
            ("ＡＣＭＥ", "acme"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_swap_of_neighbours_is_one_edit() {
        // Published: "ca" to "abc" is 3 under the restricted form; "smtih" to "smith" one swap.
        assert_eq!(edits("ca", "abc", 9), 3);
        assert_eq!(edits("smtih", "smith", 9), 1);
        assert_eq!(edits("kitten", "sitting", 9), 3);
        assert!(is_slip("smtih", "smith") && !is_slip("lee", "lea") && !is_slip("jones", "james"));
    }
    /// The whole table, by the definition.
    fn edits_by_the_table(one: &[u8], other: &[u8]) -> usize {
        let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
        for row in 0..=one.len() {
            for at in 0..=other.len() {
                table[row][at] = if row == 0 || at == 0 {
                    row + at
                } else {
                    let differs = usize::from(one[row - 1] != other[at - 1]);
                    let plain = (table[row - 1][at] + 1).min(table[row][at - 1] + 1);
                    let mut least = plain.min(table[row - 1][at - 1] + differs);
                    if 1 < row && 1 < at && one[row - 1] == other[at - 2] && one[row - 2] == other[at - 1] {
                        least = least.min(table[row - 2][at - 2] + 1);
                    }
                    least
                };
            }
        }
        table[one.len()][other.len()]
    }

    #[test]
    fn edits_up_to_a_most_are_those_of_the_whole_table() {
        let words: Vec<String> = (0_u32..6)
            .flat_map(|length| {
                (0..3_u32.pow(length)).map(move |number| {
                    (0..length).filter_map(|at| char::from_digit(10 + number / 3_u32.pow(at) % 3, 36)).collect()
                })
            })
            .collect();
        assert_eq!(words.len(), 364);
        for one in &words {
            for other in &words {
                let all = edits_by_the_table(one.as_bytes(), other.as_bytes());
                for most in 0..6 {
                    assert_eq!(edits(one, other, most), all.min(most + 1), "{one} {other} {most}");
                }
            }
        }
    }
}
