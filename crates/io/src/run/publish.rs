//! Writing a run into its temporary directory and publishing it.

use std::{borrow::Cow, io};

use cashline_core::{
    defect::Defect,
    table::{Cell, Column, Kind, Schema},
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use super::Job;
use crate::{
    commit::{Output, OutputFile},
    error::Error,
    manifest::{MANIFEST, Manifest, RUN_LOG, SUCCESS, canonical},
    write::{Format, HeldTables, TableWriter, format},
};

/// Writes all files, completes the manifest and commits.
pub(super) fn publish(
    job: Job<'_>,
    mut output: Output,
    held: &HeldTables,
    defects: &[Defect],
    manifest: &mut Manifest,
) -> Result<(), Error> {
    let Job { run, interrupt, .. } = job;
    for (table, schema) in held.schemas().iter().enumerate() {
        interrupt.check()?;
        let format = if run.extras.enriched.is_some() { run.format } else { format_of(schema.name, run.format) };
        write_table(&mut output, schema, format, |writer| held.write(table, writer))?;
    }
    let csv = format("csv").expect("FORMATS has a row of that name");
    write_table(&mut output, &defects_schema(), csv, |writer| {
        for defect in defects {
            writer.row(&defects_row(defect, manifest))?;
        }
        Ok(defects.len() as u64)
    })?;
    manifest.files = output.files().to_vec();
    manifest.files.sort_by(|a, b| a.name.cmp(&b.name));
    output.put(MANIFEST, manifest.to_text().as_bytes())?;
    output.put(RUN_LOG, run_log(job, manifest).as_bytes())?;
    if manifest.exit_code == 0 {
        output.put(SUCCESS, b"")?;
    }
    interrupt.check()?;
    output.commit()
}

/// What people read comes in the format of their choice; what machines read is Parquet.
fn format_of(table: &str, chosen: &'static Format) -> &'static Format {
    match table {
        "scores" | "reasons" | "events" => chosen,
        _ => format("parquet").unwrap_or(chosen),
    }
}

fn write_table(
    output: &mut Output,
    schema: &Schema,
    format: &Format,
    rows: impl FnOnce(&mut dyn TableWriter) -> io::Result<u64>,
) -> Result<(), Error> {
    let mut file = output.create(&format!("{}.{}", schema.name, format.extension))?;
    let written = write_rows(&mut file, schema, format, rows);
    let count = written.map_err(|source| Error::Write { path: file.path().to_owned(), source })?;
    output.finish(file, Some(count))?;
    Ok(())
}

fn write_rows(
    file: &mut OutputFile,
    schema: &Schema,
    format: &Format,
    rows: impl FnOnce(&mut dyn TableWriter) -> io::Result<u64>,
) -> io::Result<u64> {
    let mut writer = (format.open)(schema, Box::new(file))?;
    let count = rows(writer.as_mut())?;
    writer.finish()?;
    Ok(count)
}

/// Where a row stood and what is wrong with it; never the value, which may be personal.
fn defects_schema() -> Schema {
    let columns = [("file", Kind::Text), ("line", Kind::Integer), ("column", Kind::Text), ("kind", Kind::Text)];
    let columns = columns.map(|(name, kind)| Column { name: Cow::Borrowed(name), kind });
    Schema { name: "defects", columns: columns.into() }
}

fn defects_row<'a>(defect: &'a Defect, manifest: &'a Manifest) -> [Cell<'a>; 4] {
    let file = manifest.inputs.get(defect.source.file as usize).map(|input| input.path.as_str());
    let line = if defect.source.line == 0 { Cell::Null } else { defect.source.line.into() };
    let column = if defect.column.is_empty() { Cell::Null } else { defect.column.as_str().into() };
    [file.into(), line, column, defect.kind.code().into()]
}

/// What is volatile, kept apart from what is reproducible.
fn run_log(job: Job<'_>, manifest: &Manifest) -> String {
    let utc = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let inputs: Vec<String> = job.run.files.iter().map(|file| file.path.display().to_string()).collect();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    canonical(&json!({
        "run_id": manifest.run_id,
        "started_at": utc(job.started.into()),
        "finished_at": utc(Utc::now()),
        "seconds": job.started.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64()),
        "threads": job.run.threads.unwrap_or_else(rayon::current_num_threads),
        "process": std::process::id(),
        "host": host.trim(),
        "inputs": inputs,
    }))
}
