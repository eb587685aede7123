//! The one walk over the applications of some inputs: rows joined to pools, pools assessed in parallel, answers handed on.
//!
//! Scoring runs, the laboratory's matrix and the answers to payment requests are visitors of it; what they keep of an answer
//! is theirs.

use cashline_core::{
    application::Application,
    assessment::Assessment,
    engine::Engine,
    history::History,
    portfolio::{self, Pool, Sessions},
    row::AsOf,
};

use crate::{
    commit::Interrupt,
    error::Error,
    portfolio::{AsOfRule, Chunk, Inputs, Portfolio, Refused},
    read::{ByLayout, InputFile, ReadOptions},
};

/// What is walked over, and how.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// The files to read, in the order of their indices.
    pub files: &'a [InputFile],
    /// How they are read.
    pub read: &'a ReadOptions,
    /// T of applications that name none.
    pub as_of: Option<AsOf>,
    /// Threads that assess; `None` takes one a core. Never changes an answer.
    pub threads: Option<usize>,
    /// Asked between chunks.
    pub interrupt: &'a Interrupt,
}

/// What a walk hands on.
#[derive(Debug)]
pub enum Met<T> {
    /// Applications of finished pools, each with what the visitor made of it; in no particular order.
    Answers(Vec<(Assessment, T)>),
    /// All that was handed on so far is void: the rows are read again.
    StartOver,
}

/// What is known when a walk is over.
#[derive(Debug)]
pub struct Walked {
    /// Applications that no visitor saw: their rows contradict each other.
    pub refused: Vec<Refused>,
    /// Rows set aside by the doors.
    pub defects: u64,
}

impl Walk<'_> {
    /// Visits every application once after the last [`Met::StartOver`], on several threads, and hands the answers to `take`
    /// on one.
    ///
    /// # Errors
    ///
    /// What the readers report.
    pub fn each<T: Send>(
        &self,
        engine: &Engine,
        visit: impl Fn(&History, &Application, &Assessment) -> T + Sync,
        take: &mut dyn FnMut(Met<T>),
    ) -> Result<Walked, Error> {
        let assess = in_parallel(Sessions::new(engine), self.threads, visit);
        let read = ByLayout(self.read);
        let inputs = Inputs { files: self.files, read: &read, interrupt: self.interrupt };
        let rule = AsOfRule { run: self.as_of, zone: engine.zone() };
        let mut portfolio = Portfolio::open(inputs, rule, engine.categoriser().taxonomy())?;
        portfolio.for_each_chunk(&mut |chunk| {
            take(match chunk {
                Chunk::Pools(pools) => Met::Answers(assess(pools)),
                Chunk::StartOver => Met::StartOver,
            });
            self.interrupt.check()
        })?;
        Ok(Walked { refused: portfolio.refused().to_vec(), defects: portfolio.tally().defects_total() })
    }
}

/// Assesses pools on so many threads, in sessions that outlast a chunk; without a thread pool of that size on others, which
/// changes no answer.
pub(crate) fn in_parallel<'e, T: Send>(
    sessions: Sessions<'e>,
    threads: Option<usize>,
    visit: impl Fn(&History, &Application, &Assessment) -> T + Sync + 'e,
) -> impl Fn(Vec<Pool>) -> Vec<(Assessment, T)> + Sync + 'e {
    on_threads(threads, move |pools| portfolio::assess_in(&sessions, pools, &visit))
}

/// Works pools off on so many threads, as [`in_parallel`] does.
pub(crate) fn on_threads<'e, A: Send>(
    threads: Option<usize>,
    work: impl Fn(Vec<Pool>) -> Vec<A> + Sync + 'e,
) -> impl Fn(Vec<Pool>) -> Vec<A> + Sync + 'e {
    let threads = threads.and_then(|count| rayon::ThreadPoolBuilder::new().num_threads(count).build().ok());
    move |pools| match &threads {
        Some(threads) => threads.install(|| work(pools)),
        None => work(pools),
    }
}
