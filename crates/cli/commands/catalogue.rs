//! `cashline catalogue KIND`: every definition that runs, printed from the registries themselves.

mod accuracy;
mod like;
mod rule;

use std::{io::Write as _, path::PathBuf};

use anyhow::{Result, bail};
use cashline_core::{
    assessment::Assessment,
    attribute::{definition::Definition, manual},
    category::categoriser::Categoriser,
    category::label::{Instrument, Purpose},
    category::taxonomy::Taxonomy,
    defect::DefectKind,
    engine::{Engine, Explanation},
    event::KINDS,
};
use cashline_io::read::{EVENT_TYPES, LAYOUTS, mapping};
use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource, value_parser};
use serde_json::{Value, json};

use self::like::Like;
use crate::{
    load,
    screen::{self, word},
};

/// A header and rows of as many cells.
type Listing = (Vec<&'static str>, Vec<Vec<String>>);

/// A catalogue: its name, what it lists, and its header and rows.
struct Catalogue {
    name: &'static str,
    about: &'static str,
    list: fn(&Engine) -> Listing,
    /// What `--like` shows instead.
    like: Option<Like>,
    /// For people, a cell of the last column that repeats the row above stays empty.
    once: bool,
}

const CATALOGUES: &[Catalogue] = &[
    Catalogue {
        name: "attributes",
        about: "Attributes with their definitions",
        list: attributes,
        like: Some(like::ATTRIBUTES),
        once: false,
    },
    Catalogue {
        name: "reasons",
        about: "Reasons with both texts and the C-1 line",
        list: reasons,
        like: None,
        once: false,
    },
    Catalogue { name: "rules", about: "Category rules with their examples", list: rules, like: None, once: false },
    Catalogue {
        name: "taxonomy",
        about: "Purposes and what each means for a lender",
        list: taxonomy,
        like: Some(like::PURPOSES),
        once: false,
    },
    Catalogue {
        name: "grammar",
        about: "What a file of own attributes may say",
        list: grammar,
        like: None,
        once: false,
    },
    Catalogue {
        name: "model",
        about: "Characteristics, bins and points of the model that ships",
        list: model,
        like: None,
        once: true,
    },
    Catalogue { name: "layouts", about: "Layouts of input files", list: layouts, like: None, once: false },
    Catalogue { name: "mapping", about: "Keys of a mapping file", list: mapping_keys, like: None, once: false },
    Catalogue { name: "defects", about: "Kinds of defects", list: defects, like: None, once: false },
    Catalogue { name: "events", about: "Kinds of events of a run with a state", list: events, like: None, once: false },
    Catalogue {
        name: "webhooks",
        about: "Types of events in a webhook log, and what is made of each",
        list: webhooks,
        like: None,
        once: false,
    },
];

pub(super) fn parser() -> Command {
    let kinds: Vec<&'static str> = CATALOGUES.iter().map(|one| one.name).chain(["schema"]).collect();
    let lines = CATALOGUES
        .iter()
        .map(|one| (one.name, one.about))
        .chain([("schema", "JSON Schema of an answer and of its explanation")]);
    let help = lines.map(|(name, about)| format!("{name:<11} {about}")).collect::<Vec<_>>().join("\n");
    Command::new("catalogue")
        .about("Print attributes, reasons, rules, taxonomy, grammar, model, layouts, mapping, defects, events, webhooks or the JSON Schema of answers")
        .after_help(help)
        .arg(Arg::new("kind").value_name("KIND").required_unless_present("like").value_parser(kinds))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["table", "markdown", "json"])
                .default_value("table")
                .help("Of the catalogue; the schema is always JSON"),
        )
        .arg(
            Arg::new("rules")
                .long("rules")
                .value_name("FILE")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Category rules before or after ours"),
        )
        .arg(
            Arg::new("attributes")
                .long("attributes")
                .value_name("FILE")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Attributes of your own beside ours"),
        )
        .arg(Arg::new("like").long("like").value_name("NAME|FILE").help(format!(
            "What others call ours, and which of ours is nearest; {}; names may be cut short; or a table of your own",
            likes().map(|(kind, like)| format!("with {kind}: {}", like.names())).collect::<Vec<_>>().join("; ")
        )))
        .arg(
            Arg::new("explain")
                .long("explain")
                .value_name("TEXT")
                .help("With rules: show which rule decides what a transaction with this text is, and why"),
        )
        .arg(
            Arg::new("test")
                .long("test")
                .value_name("FILE")
                .conflicts_with("explain")
                .value_parser(value_parser!(PathBuf))
                .help("With rules: measure them on a CSV with the columns description, amount_minor, label (a purpose or a class)"),
        )
        .arg(
            Arg::new("audit")
                .long("audit")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["explain", "test"])
                .help("With rules: list examples that are lost, patterns that can never decide, rules that contradict each other"),
        )
        .arg(
            Arg::new("amount")
                .long("amount")
                .value_name("MINOR")
                .requires("explain")
                .allow_negative_numbers(true)
                .value_parser(value_parser!(i64))
                .help("Of the transaction, in minor units, money out negative; default: one of each sign"),
        )
        .arg(
            Arg::new("account")
                .long("account")
                .value_name("KIND")
                .requires("explain")
                .value_parser(rule::ACCOUNTS.iter().map(|one| one.0).collect::<Vec<_>>())
                .default_value("cash")
                .help("Of the transaction"),
        )
}

/// The catalogues that others have names for.
fn likes() -> impl Iterator<Item = (&'static str, &'static Like)> {
    CATALOGUES.iter().filter_map(|one| Some((one.name, one.like.as_ref()?)))
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let kind = matches.get_one::<String>("kind").map_or("attributes", String::as_str);
    let format = matches.get_one::<String>("format").expect("it has a default").as_str();
    let mut out = screen::stdout();
    let given = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    let Some(catalogue) = CATALOGUES.iter().find(|one| one.name == kind) else {
        let is_heeded = |name: &str| name == "kind" || (name == "format" && format == "json");
        if let Some(name) = matches.ids().map(clap::Id::as_str).find(|name| given(name) && !is_heeded(name)) {
            bail!("--{name} changes nothing of the schema, which is JSON; leave it out");
        }
        let schema = json!({
            "assessment": schemars::schema_for!(Assessment),
            "explanation": schemars::schema_for!(Explanation),
        });
        serde_json::to_writer_pretty(&mut out, &schema)?;
        writeln!(out)?;
        return Ok(0);
    };
    let paths = |name: &str| -> Vec<PathBuf> {
        matches.get_many::<PathBuf>(name).map_or_else(Vec::new, |paths| paths.cloned().collect())
    };
    let (rules, attributes) = (paths("rules"), paths("attributes"));
    let overlays = load::Overlays { rules: &rules, attributes: &attributes, ..load::Overlays::default() };
    let of_rules = ["explain", "test"].into_iter().find(|name| matches.contains_id(name));
    if let Some(name) = of_rules.or(matches.get_flag("audit").then_some("audit")) {
        if kind != "rules" {
            bail!("--{name} belongs to `catalogue rules`");
        }
        let has_json = name == "test";
        if given("format") && format != "table" && !(has_json && format == "json") {
            let known = if has_json { "table and json" } else { "table alone" };
            bail!("--{name} is told as {known}, not as {format}");
        }
        let parts = load::parts(overlays)?;
        let (page, code) = about_rules(&parts.categoriser, matches, format)?;
        write!(out, "{page}")?;
        return Ok(code);
    }
    let engine = engine(overlays)?;
    let asked = matches.get_one::<String>("like");
    let (header, rows) = match (asked, &catalogue.like) {
        (Some(asked), Some(like)) => like.listing(&engine, asked)?,
        (Some(_), None) => {
            let kinds: Vec<String> = likes().map(|(kind, _)| format!("`catalogue {kind}`")).collect();
            bail!("--like belongs to {}", kinds.join(" and "))
        }
        (None, _) => (catalogue.list)(&engine),
    };
    match format {
        "json" => {
            let objects: Vec<Value> = rows.iter().map(|row| object(&header, row)).collect();
            serde_json::to_writer_pretty(&mut out, &objects)?;
            writeln!(out)?;
        }
        "markdown" => {
            let (about, command) = match (asked, &catalogue.like) {
                (Some(asked), Some(like)) => (like.about, format!("{} --like {asked}", catalogue.name)),
                _ => (catalogue.about, catalogue.name.to_owned()),
            };
            write!(out, "{}", markdown(about, &command, &header, &shown(catalogue, &rows)))?;
        }
        _ => {
            let right: Vec<usize> =
                (0..header.len()).filter(|at| ["points", "confidence"].contains(&header[*at])).collect();
            writeln!(out, "{}", screen::prose(&header, &right, shown(catalogue, &rows)))?;
        }
    }
    Ok(0)
}

/// What was asked about the rules, and the exit code.
fn about_rules(categoriser: &Categoriser, matches: &ArgMatches, format: &str) -> Result<(String, u8)> {
    if let Some(path) = matches.get_one::<PathBuf>("test") {
        return Ok((accuracy::page(categoriser, path, format)?, 0));
    }
    let Some(text) = matches.get_one::<String>("explain") else { return Ok(accuracy::faults(categoriser)) };
    let account = matches.get_one::<String>("account").expect("it has a default");
    let amount = matches.get_one::<i64>("amount").copied();
    Ok((rule::page(categoriser, text, amount, account)?, 0))
}

/// The engine as shipped; with a lender's rules the shipped model is sealed anew, since it is only listed here.
fn engine(overlays: load::Overlays<'_>) -> Result<Engine> {
    let mut parts = load::parts(overlays)?;
    parts.model = parts.seal(&parts.model)?;
    Ok(Engine::new(parts)?)
}

/// The rows as people read them.
fn shown(catalogue: &Catalogue, rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut shown = rows.to_vec();
    if catalogue.once {
        for (row, pair) in shown.iter_mut().skip(1).zip(rows.windows(2)) {
            if let (Some(cell), true) = (row.last_mut(), pair[0].last() == pair[1].last()) {
                cell.clear();
            }
        }
    }
    shown
}

fn object(header: &[&str], row: &[String]) -> Value {
    header.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), Value::String(cell.clone()))).collect()
}

/// A page of the generated documentation.
fn markdown(about: &str, command: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let escape = |cell: &String| cell.replace('|', "\\|").replace('\n', " ");
    let mut page = format!(
        "# {}\n\nGenerated by `cashline catalogue {} --format markdown`; a test says when it is stale.\n\n{} entries.\n\n",
        about,
        command,
        rows.len()
    );
    page += &line(header.iter().map(|name| (*name).to_owned()).collect());
    page += &line(header.iter().map(|_| "---".to_owned()).collect());
    for row in rows {
        page += &line(row.iter().map(escape).collect());
    }
    page
}

fn attributes(engine: &Engine) -> Listing {
    let rows = engine.registry().definitions().iter().map(|one| {
        let windows: Vec<String> = one
            .windows
            .iter()
            .map(|window| {
                let suffix = window.suffix();
                if suffix.is_empty() { word_of_window(*window) } else { suffix.trim_start_matches('_').to_owned() }
            })
            .collect();
        vec![
            one.name.clone(),
            one.family.clone(),
            one.tier.code().to_owned(),
            word(&one.unit),
            windows.join(" "),
            history(one),
            word(&one.risk),
            one.reason.clone().unwrap_or_default(),
            if one.unavailable().is_some() { "unavailable".to_owned() } else { word(&one.compliance) },
            one.sources.clone(),
            one.definition.clone(),
        ]
    });
    let header =
        vec!["name", "family", "tier", "unit", "windows", "days", "risk", "reason", "use", "sources", "definition"];
    (header, rows.collect())
}

/// Days of history that its columns need, the least and the most.
fn history(one: &Definition) -> String {
    let days = one.windows.iter().map(|window| one.history_needed(*window));
    match (days.clone().min(), days.max()) {
        (Some(least), Some(most)) if least != most => format!("{least}-{most}"),
        (least, _) => least.unwrap_or(1).to_string(),
    }
}

fn word_of_window(window: cashline_core::time::Window) -> String {
    if window == cashline_core::time::Window::Point { "point".to_owned() } else { "history".to_owned() }
}

fn reasons(engine: &Engine) -> Listing {
    let rows = engine.reasons().entries().map(|one| {
        vec![one.code.clone(), one.family.clone(), one.notice.clone(), one.reviewer.clone(), one.c1.clone()]
    });
    (vec!["code", "family", "notice", "reviewer", "C-1"], rows.collect())
}

fn rules(engine: &Engine) -> Listing {
    let rows = engine.categoriser().rules().map(|(_, one)| {
        vec![
            one.id.clone(),
            meaning(one.inflow, one.outflow, one.instrument, engine.categoriser().taxonomy()),
            one.confidence.to_string(),
            one.examples.first().cloned().unwrap_or_default(),
            one.patterns.iter().collect::<Vec<_>>().join(" · "),
        ]
    });
    // Rules for rows together have no text of their own: what they look at stands where others have their example.
    let taxonomy = engine.categoriser().taxonomy();
    let context = engine.categoriser().context().iter().map(|one| {
        let meaning = meaning(one.inflow, one.outflow, None, taxonomy);
        vec![one.id.clone(), meaning, one.confidence.to_string(), one.about.clone(), String::new()]
    });
    let rows = rows.chain(context);
    // The patterns last: they are long.
    (vec!["id", "purpose", "confidence", "example", "patterns"], rows.collect())
}

/// What a rule says in each direction; a rule without purpose says how money moved.
fn meaning(
    inflow: Option<Purpose>,
    outflow: Option<Purpose>,
    instrument: Option<Instrument>,
    taxonomy: &Taxonomy,
) -> String {
    let name = |purpose| taxonomy.info(purpose).name.clone();
    match (inflow.map(name), outflow.map(name)) {
        (Some(inflow), Some(outflow)) if inflow == outflow => inflow,
        (Some(inflow), Some(outflow)) => format!("in: {inflow}, out: {outflow}"),
        (Some(inflow), None) => format!("in: {inflow}"),
        (None, Some(outflow)) => format!("out: {outflow}"),
        (None, None) => {
            let names = taxonomy.instruments();
            let name = instrument.and_then(|instrument| names.get(usize::from(instrument.0)));
            name.map_or_else(String::new, |name| format!("moved by: {name}"))
        }
    }
}

fn grammar(engine: &Engine) -> Listing {
    let lines = manual::lines(engine.categoriser().taxonomy());
    let rows = lines.into_iter().map(|(kind, written, means)| vec![kind.to_owned(), written, means.to_owned()]);
    (vec!["what", "written", "means"], rows.collect())
}

fn taxonomy(_: &Engine) -> Listing {
    let taxonomy = Taxonomy::builtin();
    let flag = |set: bool| if set { "yes" } else { "" }.to_owned();
    let rows = taxonomy.purposes().iter().map(|one| {
        vec![
            one.name.clone(),
            one.group.clone(),
            flag(one.counts_as_income),
            flag(one.counts_as_revenue),
            flag(one.sensitive),
            one.about.clone(),
        ]
    });
    (vec!["purpose", "group", "income", "revenue", "sensitive", "about"], rows.collect())
}

fn model(engine: &Engine) -> Listing {
    let mut rows = vec![];
    for (segment, card) in engine.model().cards() {
        for (one, written) in card.characteristics().iter().zip(&card.file().characteristics) {
            let name = segment.map_or_else(|| one.attribute.clone(), |segment| format!("{segment}: {}", one.attribute));
            for (bin, points) in super::model::points(one) {
                rows.push(vec![name.clone(), bin, format!("{points:+}"), written.rationale.clone()]);
            }
        }
    }
    (vec!["attribute", "bin", "points", "rationale"], rows)
}

fn layouts(_: &Engine) -> Listing {
    let rows = LAYOUTS.iter().map(|one| vec![one.name.to_owned(), one.arises.to_owned()]);
    (vec!["layout", "how it arises"], rows.collect())
}

fn mapping_keys(_: &Engine) -> Listing {
    let rows = mapping::keys()
        .into_iter()
        .map(|one| vec![one.table, one.key, one.meaning, one.allowed, one.default.to_owned(), one.example]);
    (vec!["table", "key", "meaning", "allowed", "without it", "example"], rows.collect())
}

fn events(_: &Engine) -> Listing {
    let row = |kind: &cashline_core::event::Kind| [kind.name, kind.when, kind.shows].map(str::to_owned).to_vec();
    (vec!["event", "when", "from and to"], KINDS.iter().map(row).collect())
}

fn webhooks(_: &Engine) -> Listing {
    let row = |kind: &cashline_io::read::EventType| {
        let form = if kind.has_body { "snapshot" } else { "thin (v2)" };
        [kind.name, form, kind.does].map(str::to_owned).to_vec()
    };
    (vec!["type", "form", "what is made of it"], EVENT_TYPES.iter().map(row).collect())
}

fn defects(_: &Engine) -> Listing {
    let rows = DefectKind::ALL.iter().map(|kind| vec![kind.code().to_owned(), kind.meaning().to_owned()]);
    (vec!["kind", "meaning"], rows.collect())
}
