use super::*;

fn page(sections: Vec<Section>) -> String {
    render(&Report { title: "Report".to_owned(), sections, ..Report::default() }).expect("a page")
}

fn section(blocks: Vec<Block>) -> Section {
    Section { heading: "Part".to_owned(), text: vec![], blocks }
}

fn drawn(chart: Chart) -> String {
    chart.svg().expect("a picture")
}

/// Every tag closed by its own name, in order; text without stray signs. Enough of XML for a page that we write ourselves.
fn well_formed(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = vec![];
    let mut rest = page.strip_prefix("<!doctype html>").unwrap_or(page);
    while let Some((text, after)) = rest.split_once('<') {
        let entities = ["&lt;", "&gt;", "&amp;", "&quot;", "&#x27;", "&#x2f;"];
        let bare = entities.iter().fold(text.to_owned(), |text, entity| text.replace(entity, ""));
        if bare.contains('&') || (bare.contains('>') && open.last() != Some(&"style")) {
            return Err(format!("stray sign in {text:?}"));
        }
        let (tag, after) = after.split_once('>').ok_or("a tag without end")?;
        rest = after;
        if tag.matches('"').count() % 2 != 0 || tag.contains('<') {
            return Err(format!("broken tag {tag:?}"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop();
            if last != Some(name) {
                return Err(format!("{name} closes {last:?}"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split_ascii_whitespace().next().unwrap_or(""));
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

fn every_chart(name: &str) -> Vec<Chart> {
    let name = || name.to_owned();
    let dot = Dot { value: 0.2, interval: Some((0.1, 0.3)) };
    vec![
        Chart::Line(Line {
            title: name(),
            x: Axis::whole(&name()),
            y: Axis::share(&name()),
            series: vec![
                Series {
                    name: name(),
                    points: vec![(0.0, 0.1), (1.0, 0.4)],
                    step: true,
                    band: vec![(0.0, 0.2), (0.3, 0.9)],
                },
                Series { name: name(), points: vec![(0.5, 0.5)], ..Series::default() },
            ],
            diagonal: Some(name()),
            marks: vec![Mark { x: 0.9, from: 0.0, to: 0.4, label: name() }],
        }),
        Chart::Bars(Bars {
            title: name(),
            x: Axis::number(&name()),
            y: Axis::number(&name()),
            lower: name(),
            upper: name(),
            bars: vec![Stack { from: 1.0, to: 2.0, lower: 3.0, upper: 4.0 }],
        }),
        Chart::Bins(Bins {
            title: name(),
            rows: vec![
                BinRow { label: name(), share: 0.4, rate: Some(dot), neutral: false },
                BinRow { label: name(), share: 0.6, rate: None, neutral: true },
            ],
            all: Some(0.15),
        }),
        Chart::Calibration(Calibration { title: name(), dots: vec![(0.15, dot)] }),
        Chart::Dots(Dots {
            title: name(),
            x: Axis::number(&name()),
            rows: vec![DotRow { label: name(), dots: vec![dot, dot] }, DotRow { label: name(), dots: vec![] }],
            references: vec![(0.5, name()), (0.6, name())],
        }),
        Chart::Rows(Rows {
            title: name(),
            x: Axis::number(&name()),
            series: vec![name(), name()],
            rows: vec![Row { label: name(), values: vec![0.1, 0.2], mark: Some(0.05) }],
            mark: name(),
            references: vec![(0.1, name())],
        }),
    ]
}

/// A page with every kind of block, every text of it the same.
fn full(text: &str) -> String {
    let mut table = Table::new(text, &[text, "n>"]);
    table.rows = vec![vec![text.to_owned(), text.to_owned()]];
    let blocks = every_chart(text).into_iter().map(Block::Chart).chain([Block::Table(table)]).collect();
    let sections = vec![
        Section { heading: text.to_owned(), text: vec![text.to_owned()], blocks },
        Section { heading: text.to_owned(), ..Section::default() },
        section(vec![Block::Table(Table::new(text, &[text]))]),
        section(vec![Block::Chart(Chart::Line(Line { title: text.to_owned(), ..Line::default() }))]),
    ];
    let facts = vec![(text.to_owned(), text.to_owned())];
    render(&Report { title: text.to_owned(), subtitle: text.to_owned(), facts, sections }).expect("a page")
}

#[test]
fn the_checker_of_these_tests_sees_what_is_wrong() {
    assert_eq!(well_formed("<!doctype html><p><br />a &amp; b</p>"), Ok(()));
    for wrong in ["<p>", "<p></b>", "<p>a & b</p>", "<p>a > b</p>", "<p class=\"a></p>", "</p>"] {
        assert!(well_formed(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_tag_is_closed_whatever_is_shown() {
    for text in ["plain", "", "<b>&\"'/", "</svg></figure>", &"x".repeat(300), "{{ title }}{% raw %}"] {
        assert_eq!(well_formed(&full(text)), Ok(()), "{text}");
    }
    assert_eq!(well_formed(&page(vec![])), Ok(()));
}

#[test]
fn what_files_say_is_text_and_never_markup() {
    let hostile = "\"><script src='http://e.vil'>x</script><img onerror=x>";
    let page = full(hostile);
    for markup in ["<script", "<img", "\"><s"] {
        assert!(!page.contains(markup), "{markup}");
    }
    // Escaped in HTML by the template's rules, in pictures by ours.
    assert!(page.contains("&lt;script src=&#x27;http:&#x2f;&#x2f;e.vil&#x27;&gt;"), "HTML");
    assert!(page.contains("<title>&quot;&gt;&lt;script src='http://e.vil'&gt;"), "SVG");
    assert!(full("{{ title }}").contains("<h1>{{ title }}</h1>"));
}

#[test]
fn what_no_page_may_hold_and_what_turns_the_reading_order_is_made_visible() {
    let page = full("a\u{0}b\u{202e}c\u{1b}d");
    assert!(page.contains("<h1>a\u{fffd}b\u{fffd}c\u{fffd}d</h1>"));
    assert!(!page.contains(['\u{0}', '\u{202e}', '\u{1b}']));
}

#[test]
fn the_page_needs_nothing_outside_itself_and_runs_nothing() {
    let page = full("text");
    for outside in ["http:", "https:", "//", "<script", "<link", "<img", "<iframe", "@import", "url(", "src=", " on"] {
        let found = page.find(outside).map(|at| page[at.saturating_sub(20)..].chars().take(60).collect::<String>());
        // " on" is a word of no text above, so that it could only begin an event handler.
        assert_eq!(found, None, "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_same_report_is_the_same_bytes() {
    assert_eq!(full("text"), full("text"));
}

#[test]
fn every_picture_has_a_name_and_every_heading_cell_a_scope() {
    let page = full("text");
    let pictures = page.matches("<svg ").count();
    assert_eq!(pictures, 7);
    assert_eq!(page.matches("<svg role=\"img\" ").count(), pictures);
    assert_eq!(page.matches("\">\n<title>text</title>\n").count(), pictures);
    assert_eq!(page.matches("<th ").count(), page.matches("<th scope=\"").count());
    // Two columns of the table with a row, one of the empty one; the row and the fact head theirs.
    assert_eq!(page.matches("scope=\"col\"").count(), 3);
    assert_eq!(page.matches("scope=\"row\"").count(), 2);
    assert_eq!(page.matches("<caption>").count(), 3);
}

#[test]
fn empty_parts_say_so() {
    let page = full("text");
    assert_eq!(page.matches("nothing to show").count(), 1);
    assert_eq!(page.matches("no rows").count(), 1);
    assert_eq!(page.matches("nothing to draw").count(), 1);
}

#[test]
fn a_row_of_another_length_is_refused_by_the_name_of_its_table() {
    let mut table = Table::new("Bins of income", &["bin", "rows>"]);
    table.rows = vec![vec!["[1, 2)".to_owned()]];
    let error = render(&Report { sections: vec![section(vec![Block::Table(table)])], ..Report::default() });
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err("table `Bins of income` has 2 columns, and a row of 1 cells".to_owned())
    );
}

#[test]
fn what_cannot_be_placed_is_refused_by_the_name_of_its_chart() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let dots = Dots {
            title: "AUC".to_owned(),
            rows: vec![DotRow { label: String::new(), dots: vec![Dot { value: 0.5, interval: Some((number, 1.0)) }] }],
            ..Dots::default()
        };
        let found = Chart::Dots(dots).svg();
        assert!(matches!(&found, Err(ReportError::NotFinite { chart }) if chart == "AUC"), "{number}: {found:?}");
    }
}

// The square plot of an axis in percent starts right of its widest tick word, "100 %": three digits of 0.62, a thin space of
// 0.33 and a percent sign of 0.95 em of 12 pixels make 37.7, and 10 pixels more are 47.7. The legend's line and the name of
// the upright axis take 18 + 18 + 4 pixels; the sides are 380.
#[test]
fn a_curve_stands_where_its_numbers_say() {
    let svg = drawn(Chart::Line(Line {
        x: Axis::whole("x"),
        y: Axis::whole("y"),
        series: vec![Series { points: vec![(0.0, 0.0), (0.25, 0.5), (1.0, 1.0)], ..Series::default() }],
        diagonal: Some("chance".to_owned()),
        ..Line::default()
    }));
    // 47.7 + 0.25 · 380 = 142.7, and 40 + 0.5 · 380 = 230.
    assert!(svg.contains(r#"<path class="s0" d="M47.7 420L142.7 230L427.7 40" />"#), "{svg}");
    assert!(svg.contains(r#"<line class="ref" x1="47.7" y1="420" x2="427.7" y2="40" />"#), "{svg}");
}

#[test]
fn a_step_rises_before_it_runs() {
    let svg = drawn(Chart::Line(Line {
        x: Axis::whole("x"),
        y: Axis::whole("y"),
        series: vec![Series { points: vec![(0.0, 0.0), (0.5, 1.0)], step: true, ..Series::default() }],
        diagonal: Some("chance".to_owned()),
        ..Line::default()
    }));
    // 47.7 + 0.5 · 380 = 237.7: up at the point before, then along to its own.
    assert!(svg.contains(r#"d="M47.7 420L47.7 40L237.7 40""#), "{svg}");
}

#[test]
fn a_band_is_cut_where_the_axis_ends() {
    let svg = drawn(Chart::Line(Line {
        x: Axis::whole("x"),
        y: Axis::share("y"),
        series: vec![Series {
            points: vec![(0.0, 0.1), (1.0, 0.2)],
            band: vec![(0.0, 0.9), (0.1, 0.3)],
            ..Series::default()
        }],
        ..Line::default()
    }));
    // Ticks by 5 % from 0 to 20 %: 0.9 and 0.3 lie above, at the top; 0.1 lies in the middle of 22 to 282. Tick words are
    // "20 %", 30.2 pixels wide, so that the plot runs from 40.2 to 720 - 24.
    assert!(svg.contains(r#"<path class="band" d="M40.2 22L696 22L696 152L40.2 282Z" />"#), "{svg}");
}

#[test]
fn bars_stand_on_each_other() {
    let svg = drawn(Chart::Bars(Bars {
        x: Axis::number("score"),
        y: Axis::number("rows"),
        bars: vec![
            Stack { from: 0.0, to: 50.0, lower: 20.0, upper: 60.0 },
            Stack { from: 50.0, to: 100.0, lower: 0.0, upper: 100.0 },
        ],
        ..Bars::default()
    }));
    // Upright from 0 at 300 to 100 at 40; along, 28 + 10 = 38 is 0 and 696 is 100, so that 50 is 367. One pixel of air each
    // side. 20 is 52 pixels high and 60 is 156; an empty foot is not drawn.
    assert!(svg.contains(r#"<rect class="f0" x="39" y="248" width="327" height="52" />"#), "{svg}");
    assert!(svg.contains(r#"<rect class="f1" x="39" y="92" width="327" height="156" />"#), "{svg}");
    assert!(svg.contains(r#"<rect class="f1" x="368" y="40" width="327" height="260" />"#), "{svg}");
    assert_eq!(svg.matches("class=\"f0\"").count(), 2, "one of them in the legend: {svg}");
}

#[test]
fn dots_and_their_intervals_stand_where_their_numbers_say() {
    let row = |value, lower, upper| DotRow {
        label: "a".to_owned(),
        dots: vec![Dot { value, interval: Some((lower, upper)) }],
    };
    let svg = drawn(Chart::Dots(Dots {
        x: Axis { covers: Some((0.0, 1.0)), ..Axis::number("AUC") },
        rows: vec![row(0.5, 0.25, 0.75), row(1.0, 0.9, 1.0)],
        ..Dots::default()
    }));
    // Names take 40 pixels and 10 of air: 0 is 50, 1 is 720 - 24 = 696, 0.5 is 373. Rows of 22 begin at 6, their middles 2
    // lower: 19 and 41.
    assert!(svg.contains(r#"<circle class="dot" cx="373" cy="19" r="4.5" />"#), "{svg}");
    assert!(svg.contains(r#"<line class="whisker" x1="211.5" y1="19" x2="534.5" y2="19" />"#), "{svg}");
    assert!(svg.contains(r#"<circle class="dot" cx="696" cy="41" r="4.5" />"#), "{svg}");
}

#[test]
fn lying_bars_begin_at_zero_also_below_it() {
    let row = |value| Row { label: "a".to_owned(), values: vec![value], mark: None };
    let svg = drawn(Chart::Rows(Rows {
        x: Axis::number("shift"),
        series: vec!["shift".to_owned()],
        rows: vec![row(1.0), row(-1.0)],
        ..Rows::default()
    }));
    // From -1 at 50 to 1 at 696; zero is 373.
    assert!(svg.contains(r#"<rect class="f0" x="373" y="15" width="323" height="10" />"#), "{svg}");
    assert!(svg.contains(r#"<rect class="f0" x="50" y="39" width="323" height="10" />"#), "{svg}");
}

#[test]
fn curves_differ_by_dash_also_where_colours_do_not() {
    let rule = |class: &str| {
        let found = TEMPLATE.lines().find(|line| line.trim_start().starts_with(&format!("svg .{class} {{")));
        found.and_then(|line| line.split_once("stroke-dasharray")).map(|(_, dash)| dash.to_owned())
    };
    let dashes: Vec<Option<String>> = ["s0", "s1", "s2", "s3", "ref", "far"].iter().map(|class| rule(class)).collect();
    let mut unlike = dashes.clone();
    unlike.sort_unstable();
    unlike.dedup();
    assert_eq!(unlike.len(), dashes.len(), "{dashes:?}");
}

/// Contrast of two colours, from 1 to 21: WCAG 2.2, 1.4.3, "contrast ratio" and "relative luminance".
fn contrast(one: [u8; 3], two: [u8; 3]) -> f64 {
    let channel = |value: u8| {
        let part = f64::from(value) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
    };
    let light = |[r, g, b]: [u8; 3]| 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    let (a, b) = (light(one).max(light(two)), light(one).min(light(two)));
    (a + 0.05) / (b + 0.05)
}

#[test]
fn text_and_curves_stand_out_from_the_paper() {
    let white = [255; 3];
    // Black on white is 21, and #767676 the lightest grey that passes 4.5: both published with the standard.
    assert!((contrast([0; 3], white) - 21.0).abs() < 1e-9 && 4.5 < contrast([0x76; 3], white));
    assert!(contrast([0x77; 3], white) < 4.5);
    let hex = |text: &str, at: usize| u8::from_str_radix(text.get(at..at + 2).expect("two digits"), 16).expect("hex");
    for colour in ["1d1d1f", "4a4a4a", "1f4e79", "a33b00", "2d6a2d", "555555"] {
        let short = if colour == "555555" { "#555" } else { &format!("#{colour}") };
        assert!(TEMPLATE.contains(short), "{colour}");
        assert!(4.5 < contrast([hex(colour, 0), hex(colour, 2), hex(colour, 4)], white), "{colour}");
    }
}
