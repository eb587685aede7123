//! A picture being written: few shapes, every text escaped.

use std::fmt::Write as _;

use super::WIDTH;
use crate::report::visible;

/// Height of a line of text.
pub(super) const LINE: f64 = 18.0;

/// A picture.
#[derive(Debug, Default)]
pub(super) struct Svg {
    body: String,
}

impl Svg {
    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(pixel);
        self.put(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" />"#));
    }

    /// A rectangle between two corners.
    pub(super) fn rect(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x, y, width, height] = [x1.min(x2), y1.min(y2), (x2 - x1).abs(), (y2 - y1).abs()].map(pixel);
        self.put(format_args!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" />"#));
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let [x, y, radius] = [x, y, radius].map(pixel);
        self.put(format_args!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}" />"#));
    }

    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)], closed: bool) {
        let steps = points.iter().map(|(x, y)| format!("{} {}", pixel(*x), pixel(*y)));
        let steps = steps.collect::<Vec<String>>().join("L");
        let end = if closed { "Z" } else { "" };
        if !steps.is_empty() {
            self.put(format_args!(r#"<path class="{class}" d="M{steps}{end}" />"#));
        }
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let ([x, y], text) = ([x, y].map(pixel), escape(text));
        self.put(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// A text that ends at `x`, shortened in its middle to a room; whole in its title.
    pub(super) fn label(&mut self, (x, y): (f64, f64), text: &str, room: f64) {
        let short = shortened(text, room);
        let whole = if short == text { String::new() } else { format!("<title>{}</title>", escape(text)) };
        let ([x, y], short) = ([x, y].map(pixel), escape(&short));
        self.put(format_args!(r#"<text class="e" x="{x}" y="{y}">{whole}{short}</text>"#));
    }

    /// What stands where a chart has no number.
    pub(super) fn nothing(title: &str) -> String {
        let mut svg = Svg::default();
        svg.text("q", (0.0, 16.0), "nothing to draw");
        svg.finish(title, 24.0)
    }

    /// The picture with its name.
    pub(super) fn finish(self, title: &str, height: f64) -> String {
        let (title, width, height) = (escape(title), pixel(WIDTH), pixel(height));
        format!("<svg role=\"img\" viewBox=\"0 0 {width} {height}\">\n<title>{title}</title>\n{}</svg>", self.body)
    }

    fn put(&mut self, shape: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.body, "{shape}");
    }
}

/// What the sign before a word of the legend looks like.
#[derive(Clone, Debug)]
pub(super) enum Sign {
    /// A piece of line.
    Line(String),
    /// A small rectangle.
    Area(&'static str),
    /// An upright tick.
    Tick,
}

/// Signs and words from `left` on, in as many lines as they need; the height below the last.
pub(super) fn legend(svg: &mut Svg, entries: &[(Sign, &str)], left: f64, top: f64) -> f64 {
    let (mut x, mut y) = (left, top);
    for (sign, word) in entries {
        let word = shortened(word, WIDTH - left - 40.0);
        let wide = 34.0 + width(&word) + 18.0;
        if left < x && WIDTH < x + wide - 18.0 {
            (x, y) = (left, y + LINE);
        }
        match sign {
            Sign::Line(class) => svg.line(class, (x, y + 9.0), (x + 28.0, y + 9.0)),
            Sign::Area(class) => svg.rect(class, (x + 6.0, y + 4.0), (x + 26.0, y + 14.0)),
            Sign::Tick => svg.line("mark", (x + 16.0, y + 3.0), (x + 16.0, y + 15.0)),
        }
        svg.text("", (x + 34.0, y + 13.0), &word);
        x += wide;
    }
    if entries.is_empty() { top } else { y + LINE }
}

/// To a tenth, without needless zeros.
fn pixel(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// About how wide a text is, in a wide font: what is set in a narrower one has room to spare.
pub(super) fn width(text: &str) -> f64 {
    let em = |one: char| match one {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '\u{202f}' => 0.33,
        ' ' | '-' | '(' | ')' | '[' | ']' | 'f' | 'r' | 't' | 'I' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.95,
        'A'..='Z' => 0.7,
        one if '\u{1100}' <= one => 1.0,
        _ => 0.62,
    };
    12.0 * text.chars().map(em).sum::<f64>()
}

/// The text, or its two ends where it is wider than the room: names differ at either.
fn shortened(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let ends = |kept: usize| {
        let head = letters.iter().take(kept.div_ceil(2));
        let tail = letters.iter().skip(letters.len() - kept / 2);
        head.chain(['…'].iter()).chain(tail).collect::<String>()
    };
    let fits = (0..letters.len()).rev().find(|kept| width(&ends(*kept)) <= room);
    ends(fits.unwrap_or(0))
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for one in visible(text).chars() {
        match one {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(one),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("income", 200.0), "income");
        let short = shortened("outflow_gambling_share_of_income_after_rent_180d", 120.0);
        assert!(width(&short) <= 120.0, "{short}");
        let (head, tail) = short.split_once('…').expect("shortened");
        assert!(head.starts_with("outflow_") && tail.ends_with("_180d"), "{short}");
        assert_eq!(shortened("abc", 0.0), "…");
    }

    #[test]
    fn pixels_are_tenths_without_needless_zeros() {
        for (number, text) in [(1.0, "1"), (-0.01, "0"), (12.34, "12.3"), (-7.25, "-7.2")] {
            assert_eq!(pixel(number), text);
        }
    }
}
