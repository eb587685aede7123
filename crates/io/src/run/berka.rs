//! The run on real bank data: every layout, thread count and row order gives the same bytes.

use std::fs;

use cashline_core::engine::Engine;

use super::*;
use crate::{commit::sha256_hex, input, write::FORMATS};

const LAYOUTS_OF_BERKA: [&str; 4] =
    ["transactions.ndjson.gz", "transactions_pages.json.gz", "transactions.csv.gz", "transactions.parquet"];

/// The data stands beside the repository, never in it.
fn berka() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/berka");
    data.is_dir().then_some(data)
}

fn digests_of(engine: &Engine, inputs: &[PathBuf], threads: usize) -> (Vec<String>, Manifest) {
    let home = tempfile::tempdir().expect("a directory");
    let out = home.path().join("out");
    let read = ReadOptions::default();
    let found = input::Inputs::discover(inputs, &read).expect("known layouts");
    let run = ScoreRun {
        files: found.files,
        read,
        as_of: None,
        format: &FORMATS[0],
        extras: Extras { matrix: Some(Tiers::All), evidence: true, ..Extras::default() },
        columns: vec![],
        gates: GateLimits::default(),
        last_run: None,
        output: Some((out.clone(), CommitOptions::default())),
        threads: Some(threads),
        parking: Parking::default(),
        digests: BTreeMap::new(),
        settings: json!({}),
    };
    let summary = score(&run, engine, &Interrupt::never()).expect("scores");
    let names = ["scores.csv", "reasons.csv", "characteristics.parquet", "attributes.parquet", "evidence.parquet"];
    let digest = |name: &str| sha256_hex(&fs::read(out.join(name)).expect("there"));
    (names.map(digest).into(), summary.manifest)
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn real_accounts_score_the_same_from_every_layout_thread_count_and_row_order() {
    let Some(data) = berka() else {
        assert!(std::env::var_os("CI").is_none(), "shared/data/berka is missing");
        eprintln!("SKIPPED: shared/data/berka is not there");
        return;
    };
    let engine = Engine::builtin().expect("shipped");
    let with = |transactions: PathBuf| vec![data.join("applications.csv"), data.join("accounts.parquet"), transactions];
    let (expected, manifest) = digests_of(&engine, &with(data.join(LAYOUTS_OF_BERKA[0])), 1);
    // Figures of the data's README.
    assert_eq!(manifest.counts.applications["total"], 235);
    assert_eq!(manifest.counts.transactions["read"], 19_033);
    assert_eq!(manifest.counts.ledger["rows_seen"], 19_033);
    assert_eq!((manifest.counts.unattributed, manifest.counts.defects.len()), (0, 0));
    for layout in LAYOUTS_OF_BERKA {
        let (digests, manifest) = digests_of(&engine, &with(data.join(layout)), 2);
        assert_eq!(digests, expected, "{layout}");
        assert_eq!(manifest.counts.transactions["pooled"], 19_033, "{layout}");
    }
    // 19,033 is 7 · 2,719, so that 1,009 · i runs over all lines.
    let packed = fs::File::open(data.join(LAYOUTS_OF_BERKA[0])).expect("there");
    let text = std::io::read_to_string(flate2::read::MultiGzDecoder::new(packed)).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let shuffled: Vec<&str> = (0..lines.len()).map(|at| lines[at * 1_009 % lines.len()]).collect();
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("transactions.ndjson");
    fs::write(&path, shuffled.join("\n")).expect("writes");
    let (digests, manifest) = digests_of(&engine, &with(path), 2);
    assert!(manifest.counts.regrouped);
    assert_eq!(digests, expected, "shuffled");
}
