//! The pipeline end to end on a generated portfolio, beside decoding the same columns: whole processes, in turn, medians.
//!
//! `cargo bench --bench pipeline` generates about a million transactions of sorted Parquet from a fixed seed (once, under the
//! target directory), then runs, in turn and several times over:
//!
//! - `decode`: the columns that scoring reads, decoded by the same reader and dropped;
//! - `hash`: the SHA-256 of the same file, which every run takes besides;
//! - `cashline score` on the Parquet, on the same rows dealt out so that no two of an applicant stand together, parked in memory
//!   and, with `--memory 32MiB`, on disk, then on the rows as CSV and NDJSON.
//!
//! It prints CPU nanoseconds a transaction, the ratio to `decode`, wall time and peak memory. The figures are a machine's; the
//! ratios are what to quote. Why this data is honest: applicants differ in length and habits, descriptions have thousands of
//! shapes and trace numbers, and a share of the rows is pending, void or repeated.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints its table"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use arrow_array::RecordBatch;
use parquet::{
    arrow::{ArrowWriter, ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

/// As the program's, so that decoding alone is not dearer than within it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const RUNS: usize = 5;
/// Clock ticks a second in /proc/PID/stat: fixed at 100 on Linux for user space.
const TICKS: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--decode") {
        decode(Path::new(&arguments[at + 1]));
        return;
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "--hash") {
        assert_eq!(cashline_io::commit::hash_file(Path::new(&arguments[at + 1])).unwrap().1.len(), 64);
        return;
    }
    let applicants = std::env::var("CASHLINE_BENCH_APPLICANTS").unwrap_or_else(|_| "2000".to_owned());
    let parquet = portfolio(&applicants, "parquet");
    let rows = rows(&transactions(&parquet, "parquet"));
    println!("{applicants} applications, {rows} transactions, median of {RUNS} runs in turn");
    println!("{:<22} {:>10} {:>9} {:>9} {:>10} {:>9}", "job", "CPU ns/txn", "x decode", "CPU s", "wall s", "peak MiB");
    let bench = std::env::current_exe().unwrap();
    let mut jobs: Vec<(String, Vec<String>)> = Vec::new();
    let file = transactions(&parquet, "parquet").to_str().unwrap().to_owned();
    for job in ["decode", "hash"] {
        jobs.push((job.to_owned(), vec![bench.to_str().unwrap().to_owned(), format!("--{job}"), file.clone()]));
    }
    for (name, layout, threads, memory) in [
        ("parquet, 2 threads", "parquet", "2", "16GiB"),
        ("parquet, 1 thread", "parquet", "1", "16GiB"),
        ("unsorted, in memory", "unsorted", "2", "16GiB"),
        ("unsorted, on disk", "unsorted", "2", "32MiB"),
        ("csv, 2 threads", "csv-pandas", "2", "16GiB"),
        ("ndjson, 2 threads", "ndjson", "2", "16GiB"),
    ] {
        let folder = if layout == "unsorted" { unsorted(&applicants) } else { portfolio(&applicants, layout) };
        let out = folder.with_extension(format!("out_{threads}_{memory}"));
        let words = ["score", folder.to_str().unwrap(), "-o", out.to_str().unwrap(), "--threads", threads];
        let mut command = vec![env!("CARGO_BIN_EXE_cashline").to_owned()];
        command.extend(words.into_iter().chain(["--memory", memory, "--overwrite"]).map(str::to_owned));
        jobs.push((name.to_owned(), command));
    }
    let mut measured: Vec<Vec<Cost>> = vec![Vec::new(); jobs.len()];
    for _ in 0..RUNS {
        for (job, costs) in jobs.iter().zip(&mut measured) {
            if job.1[1] == "score" {
                let _ = fs::remove_dir_all(&job.1[4]);
            }
            costs.push(cost(&job.1));
        }
    }
    let medians: Vec<Cost> = measured.iter().map(|costs| Cost::median(costs)).collect();
    for (job, cost) in jobs.iter().zip(&medians) {
        let per_row = cost.cpu * 1e9 / rows as f64;
        println!(
            "{:<22} {per_row:>10.0} {:>9.2} {:>9.2} {:>10.2} {:>9.0}",
            job.0,
            cost.cpu / medians[0].cpu,
            cost.cpu,
            cost.wall,
            cost.peak_kib / 1024.0
        );
    }
}

/// What a process cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    cpu: f64,
    wall: f64,
    peak_kib: f64,
}

impl Cost {
    fn median(costs: &[Cost]) -> Cost {
        let middle = |pick: fn(&Cost) -> f64| {
            let mut values: Vec<f64> = costs.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Cost { cpu: middle(|cost| cost.cpu), wall: middle(|cost| cost.wall), peak_kib: middle(|cost| cost.peak_kib) }
    }
}

/// Runs a command and reads its CPU time and peak memory from /proc while it lives and as a zombie, without unsafe code.
fn cost(command: &[String]) -> Cost {
    let start = Instant::now();
    let mut child =
        Command::new(&command[0]).args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let stat = PathBuf::from(format!("/proc/{}/stat", child.id()));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let (mut peak_kib, mut cpu) = (0.0_f64, 0.0_f64);
    loop {
        if let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
            peak_kib = peak_kib.max(kib.unwrap_or(0.0));
        }
        let Ok(text) = fs::read_to_string(&stat) else { break };
        let fields: Vec<&str> = text.rsplit_once(") ").unwrap().1.split(' ').collect();
        cpu = (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS;
        if fields[0] == "Z" {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let wall = start.elapsed().as_secs_f64();
    let status = child.wait().unwrap();
    assert!(status.code().is_some_and(|code| code <= 1), "{command:?}: {status}");
    Cost { cpu, wall, peak_kib }
}

/// The floor: the columns that scoring reads, decoded and dropped.
fn decode(path: &Path) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    let wanted =
        ["id", "account", "amount", "currency", "description", "status", "transacted_at", "updated", "livemode"];
    let columns = builder.parquet_schema().columns().iter().enumerate();
    let leaves: Vec<usize> = columns
        .filter(|(_, column)| {
            let root = column.path().parts()[0].clone();
            wanted.contains(&root.as_str()) || root == "status_transitions"
        })
        .map(|(at, _)| at)
        .collect();
    let mask = ProjectionMask::leaves(builder.parquet_schema(), leaves);
    let reader = builder.with_projection(mask).with_batch_size(8192).build().unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert!(0 < rows);
}

fn rows(path: &Path) -> i64 {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    builder.metadata().file_metadata().num_rows()
}

/// Generates the portfolio in a layout unless it is there.
fn portfolio(applicants: &str, layout: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench_{applicants}_{layout}"));
    if !place.exists() {
        let status = Command::new(env!("CARGO_BIN_EXE_cashline"))
            .args(["sample", place.to_str().unwrap(), "--applications", applicants, "--seed", "7", "--layout", layout])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "sample: {status}");
    }
    place
}

/// The Parquet portfolio with its transactions dealt out like cards: row after row from each batch in turn.
fn unsorted(applicants: &str) -> PathBuf {
    let sorted = portfolio(applicants, "parquet");
    let place = sorted.with_file_name(format!("bench_{applicants}_unsorted"));
    if place.exists() {
        return place;
    }
    let draft = place.with_extension("draft");
    let _ = fs::remove_dir_all(&draft);
    fs::create_dir(&draft).unwrap();
    for name in ["applications.csv", "accounts.parquet"] {
        fs::copy(sorted.join(name), draft.join(name)).unwrap();
    }
    let file = fs::File::open(transactions(&sorted, "parquet")).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let batches: Vec<RecordBatch> = builder.with_batch_size(8192).build().unwrap().map(Result::unwrap).collect();
    let packing = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let out = fs::File::create(transactions(&draft, "parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(out, batches[0].schema(), Some(packing)).unwrap();
    for row in 0..8192 {
        for batch in batches.iter().filter(|batch| row < batch.num_rows()) {
            writer.write(&batch.slice(row, 1)).unwrap();
        }
    }
    writer.close().unwrap();
    fs::rename(&draft, &place).unwrap();
    place
}

fn transactions(folder: &Path, ending: &str) -> PathBuf {
    folder.join(format!("transactions.{ending}"))
}
