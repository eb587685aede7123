//! Where a run's time went: CPU time of each part, summed over threads. The core says what begins; the clock stands here.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use cashline_core::engine::{Stage, Watch};
use rustix::time::{ClockId, clock_gettime};

use crate::manifest::Manifest;

/// A part of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Read,
    History,
    Ledger,
    Attributes,
    Score,
    Keep,
    Write,
}

/// The parts in their order, and what a reader should know them by.
const PARTS: [(Part, &str); 7] = [
    (Part::Read, "read, hash, decode, join"),
    (Part::History, "build, categorise"),
    (Part::Ledger, "ledger, transfers, streams"),
    (Part::Attributes, "attributes"),
    (Part::Score, "score, reasons, decision"),
    (Part::Keep, "keep answers, extra tables"),
    (Part::Write, "sort, write, verify"),
];

/// What a run has spent so far.
#[derive(Debug)]
pub struct Profile {
    spent: Mutex<[Duration; PARTS.len()]>,
    began: Instant,
    /// Of the process when measuring began: what starting took.
    before: Duration,
}

impl Profile {
    /// Begins to measure.
    #[must_use]
    pub fn start() -> Arc<Profile> {
        let before = now(ClockId::ProcessCPUTime);
        Arc::new(Profile { spent: Mutex::default(), began: Instant::now(), before })
    }

    /// A clock for one thread.
    pub(crate) fn clock(self: &Arc<Profile>) -> Clock {
        Clock { profile: Arc::clone(self), spent: Default::default(), running: None }
    }

    /// The profile for people: a line for each part, and what was read.
    #[must_use]
    pub fn lines(&self, manifest: &Manifest) -> Vec<String> {
        let spent = *self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, all) = (self.began.elapsed(), now(ClockId::ProcessCPUTime));
        let line = |name: &str, time: Duration| {
            let share = 100.0 * time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
            format!("  {name:<27} {:>9.3} s {share:>5.1} %", time.as_secs_f64())
        };
        let rest = all.saturating_sub(self.before).saturating_sub(spent.iter().sum());
        let mut lines = vec!["CPU time, summed over threads".to_owned(), line("start: rules, model", self.before)];
        lines.extend(PARTS.iter().zip(spent).map(|((_, name), time)| line(name, time)));
        lines.push(line("elsewhere", rest));
        let rows: u64 = manifest.inputs.iter().flat_map(|input| input.rows.values()).sum();
        let bytes: u64 = manifest.inputs.iter().map(|input| input.bytes).sum();
        let peak = peak_kib().map_or("unknown".to_owned(), |kib| format!("{} MiB", kib / 1_024));
        lines.push(format!(
            "  CPU {:.3} s, wall {:.3} s after the start, {bytes} bytes and {rows} rows read, peak memory {peak}",
            all.as_secs_f64(),
            wall.as_secs_f64()
        ));
        lines
    }
}

/// The CPU time of one thread, by part.
#[derive(Debug)]
pub(crate) struct Clock {
    profile: Arc<Profile>,
    spent: [Duration; PARTS.len()],
    running: Option<(Part, Duration)>,
}

impl Clock {
    /// A part begins; the one before ends.
    pub(crate) fn begin(&mut self, part: Option<Part>) {
        let now = now(ClockId::ThreadCPUTime);
        if let Some((before, since)) = self.running.take() {
            // A session may wake on another thread, whose clock is another.
            self.spent[before as usize] += now.saturating_sub(since);
        }
        self.running = part.map(|part| (part, now));
    }
}

impl Watch for Clock {
    fn enter(&mut self, stage: Stage) {
        self.begin(match stage {
            Stage::History => Some(Part::History),
            Stage::Ledger => Some(Part::Ledger),
            Stage::Attributes => Some(Part::Attributes),
            Stage::Score => Some(Part::Score),
            Stage::Visit => Some(Part::Keep),
            Stage::Idle => None,
        });
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.begin(None);
        let mut all = self.profile.spent.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut().zip(self.spent).for_each(|(all, own)| *all += own);
    }
}

fn now(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::try_from(time).unwrap_or_default()
}

/// The most memory this process had resident, as Linux tells it.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_at_their_own_place() {
        assert!(PARTS.iter().enumerate().all(|(at, (part, _))| *part as usize == at));
    }

    #[test]
    fn work_is_counted_where_it_was_done_and_waiting_nowhere() {
        let profile = Profile::start();
        let mut clock = profile.clock();
        clock.begin(Some(Part::Read));
        let mut sum = 0_u64;
        while now(ClockId::ThreadCPUTime).saturating_sub(clock.running.expect("runs").1) < Duration::from_millis(20) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        clock.begin(Some(Part::Write));
        std::thread::sleep(Duration::from_millis(50));
        drop(clock);
        let spent = *profile.spent.lock().expect("whole");
        assert!(Duration::from_millis(20) <= spent[Part::Read as usize], "{spent:?}");
        assert!(spent[Part::Write as usize] < Duration::from_millis(20), "{spent:?}");
        assert_eq!(spent[Part::Score as usize], Duration::ZERO);
    }
}
