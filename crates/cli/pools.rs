//! The pools of a portfolio, looked at without a run: for commands that ask something of the whole portfolio.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use cashline_core::{application::Application, engine::Engine, history::History, portfolio};
use cashline_io::{
    commit::Interrupt,
    input,
    portfolio::{AsOfRule, Chunk, Inputs, Portfolio},
    read,
};

use crate::{
    config::{self, Settings},
    load::Loaded,
    screen,
};

/// The pools of an input; each reading starts at its beginning.
pub(crate) struct Pools<'p, 'r> {
    portfolio: &'p mut Portfolio<'r>,
    engine: &'p Engine,
    interrupt: &'p Interrupt,
    threads: Option<rayon::ThreadPool>,
}

/// What a reading hands on.
pub(crate) enum Seen<T> {
    /// What was seen of a pool.
    Pool(T),
    /// All that was handed on so far is void: the rows are read again.
    StartOver,
}

impl Pools<'_, '_> {
    /// Reads all rows and hands on what `visit` sees in each pool, in no particular order.
    pub(crate) fn each<T: Send>(
        &mut self,
        visit: impl Fn(&History, &[Application]) -> T + Sync,
        mut take: impl FnMut(Seen<T>),
    ) -> Result<()> {
        let (engine, interrupt, threads) = (self.engine, self.interrupt, self.threads.as_ref());
        self.portfolio.for_each_chunk(&mut |chunk| {
            match chunk {
                Chunk::StartOver => take(Seen::StartOver),
                Chunk::Pools(pools) => {
                    let seen = within(threads, || portfolio::look(engine, pools, &visit));
                    seen.into_iter().for_each(|seen| take(Seen::Pool(seen)));
                }
            }
            interrupt.check()
        })?;
        Ok(self.portfolio.meets()?)
    }
}

/// Opens the input that the settings name and lets `work` read its pools, as often as it likes. Beside its answer stands how
/// many rows that answer misses.
pub(crate) fn with_pools<R>(
    settings: &Settings,
    loaded: &Loaded,
    work: impl FnOnce(&mut Pools<'_, '_>) -> Result<R>,
) -> Result<(R, u64)> {
    let engine = &loaded.engine;
    let found = input::Inputs::discover(&settings.inputs, &loaded.read)?;
    let interrupt = Interrupt::install().context("signals cannot be watched")?;
    let read = read::ByLayout::new(&loaded.read);
    let inputs = Inputs { files: &found.files, read: &read, interrupt: &interrupt };
    let as_of = settings.as_of.as_deref().map(config::as_of).transpose()?;
    let rule = AsOfRule { run: as_of, zone: engine.zone() };
    let mut portfolio = Portfolio::open(inputs, rule, engine.categoriser().taxonomy())?;
    let threads = threads(settings)?;
    let answer = work(&mut Pools { portfolio: &mut portfolio, engine, interrupt: &interrupt, threads })?;
    Ok((answer, portfolio.tally().missed()))
}

/// The threads that the settings ask for; without a word as many as the machine has.
pub(crate) fn threads(settings: &Settings) -> Result<Option<rayon::ThreadPool>> {
    Ok(match settings.threads {
        0 => None,
        count => Some(rayon::ThreadPoolBuilder::new().num_threads(count).build()?),
    })
}

/// Works on these threads.
pub(crate) fn within<T: Send>(threads: Option<&rayon::ThreadPool>, work: impl FnOnce() -> T + Send) -> T {
    match threads {
        Some(threads) => threads.install(work),
        None => work(),
    }
}

/// Tells on stderr of rows that an answer misses; the exit code then says so too.
pub(crate) fn told(missed: u64) -> std::io::Result<u8> {
    if missed == 0 {
        return Ok(0);
    }
    writeln!(
        screen::stderr(),
        "{missed} rows are missing in this, set aside or of accounts that no table lists; `cashline check` shows them"
    )?;
    Ok(1)
}
