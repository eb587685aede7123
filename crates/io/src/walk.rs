//! The one walk over the applications of some inputs: rows joined to pools, pools assessed in parallel, answers handed on.
//!
//! Scoring runs, the laboratory's matrix and the answers to payment requests are visitors of it; what they keep of an answer
//! is theirs.

use std::{
    collections::BTreeSet,
    num::NonZero,
    panic::resume_unwind,
    sync::mpsc,
    thread::{self, available_parallelism},
};

use cashline_core::{
    application::Application,
    assessment::Assessment,
    defect::Defect,
    engine::Engine,
    history::History,
    portfolio::{self, Pool, Sessions},
    row::AsOf,
};

use crate::{
    commit::Interrupt,
    error::Error,
    portfolio::{AsOfRule, Chunk, DEFECTS_LISTED_MAX, Inputs, Portfolio, Refused},
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
    /// The accounts of their applicants, each with who holds it.
    pub accounts_of_refused: BTreeSet<(String, String)>,
    /// Rows that no visitor saw either: set aside by the doors, or of accounts that no table lists.
    pub missed: u64,
    /// Rows read.
    pub rows_read: u64,
    /// Rows set aside by the doors.
    pub set_aside: u64,
    /// Rows of which nobody can say whose they were.
    pub unattributed: u64,
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
        let read = ByLayout::new(self.read);
        let inputs = Inputs { files: self.files, read: &read, interrupt: self.interrupt };
        let rule = AsOfRule { run: self.as_of, zone: engine.zone() };
        let mut portfolio = Portfolio::open(inputs, rule, engine.categoriser().taxonomy())?;
        each_chunk(&mut portfolio, self.threads, &assess, &mut |done| {
            take(match done {
                Done::Answers(answers) => Met::Answers(answers),
                Done::StartOver => Met::StartOver,
            });
            self.interrupt.check()
        })?;
        portfolio.meets()?;
        let tally = portfolio.tally();
        Ok(Walked {
            missed: tally.missed(),
            rows_read: tally.rows_read(),
            set_aside: tally.defects_total(),
            unattributed: tally.unattributed,
            refused: portfolio.refused().to_vec(),
            accounts_of_refused: portfolio.accounts_of_refused(),
        })
    }
}

/// Rows that histories set aside, each once although every application of a pool says them.
///
/// Rows of a JSON document share a line, so that two of them may say the same of one account: a row is told from its neighbour
/// by how many such there are before it in its history, which lists its defects in order.
#[derive(Debug, Default)]
pub struct SetAside {
    all: Vec<(Defect, u32)>,
    /// How many are sorted next, and rid of repeats.
    sorted_at: usize,
}

impl SetAside {
    /// Takes what the history behind an answer set aside.
    pub fn extend(&mut self, of_history: Vec<Defect>) {
        for same in of_history.chunk_by(|a, b| a == b) {
            self.all.extend(same.iter().cloned().zip(0..));
        }
        if self.sorted_at.max(2 * DEFECTS_LISTED_MAX) < self.all.len() {
            // Applications of a pool repeat its defects: the memory stays in proportion to the rows.
            self.sort();
            self.sorted_at = 2 * self.all.len();
        }
    }

    /// All of them, in the order of their sources.
    pub fn take(&mut self) -> Vec<Defect> {
        self.sort();
        std::mem::take(&mut self.all).into_iter().map(|(defect, _)| defect).collect()
    }

    fn sort(&mut self) {
        self.all.sort();
        self.all.dedup();
    }
}

/// What [`each_chunk`] hands on.
pub(crate) enum Done<A> {
    /// What became of a chunk of pools.
    Answers(A),
    /// All that was handed on so far is void.
    StartOver,
}

/// Assesses the pools of a portfolio chunk by chunk. On one thread reading and assessing take turns; on several, one chunk is
/// assessed while the next is read, so two chunks and the answers of one are in memory at most. Chunks and the order in which
/// their answers are handed on are the same either way.
///
/// # Errors
///
/// What the readers and `take` report.
pub(crate) fn each_chunk<A: Send>(
    portfolio: &mut Portfolio<'_>,
    threads: Option<usize>,
    assess: &(impl Fn(Vec<Pool>) -> A + Sync + ?Sized),
    take: &mut dyn FnMut(Done<A>) -> Result<(), Error>,
) -> Result<(), Error> {
    let threads = threads.or_else(|| available_parallelism().ok().map(NonZero::get)).unwrap_or(1);
    if threads < 2 {
        return in_turns(portfolio, assess, take);
    }
    thread::scope(|scope| {
        let (pools_in, pools) = mpsc::sync_channel::<Vec<Pool>>(0);
        let (answers_in, answers) = mpsc::sync_channel::<A>(0);
        let work = move || pools.into_iter().try_for_each(|pools| answers_in.send(assess(pools)).map_err(|_| ()));
        let Ok(assessor) = thread::Builder::new().spawn_scoped(scope, work) else {
            return in_turns(portfolio, assess, take);
        };
        // The assessor is gone only when it panicked, which is told below; this error is never seen.
        let gone = || Error::Interrupted { signal: 0 };
        let mut at_work = false;
        let mut outcome = portfolio.for_each_chunk(&mut |chunk| {
            let before = match std::mem::take(&mut at_work) {
                true => Some(answers.recv().map_err(|_| gone())?),
                false => None,
            };
            match chunk {
                // The assessor starts on this chunk before what became of the one before is looked at.
                Chunk::Pools(pools) => {
                    pools_in.send(pools).map_err(|_| gone())?;
                    at_work = true;
                    before.map_or(Ok(()), |answers| take(Done::Answers(answers)))
                }
                Chunk::StartOver => take(Done::StartOver),
            }
        });
        drop(pools_in);
        if outcome.is_ok() && at_work {
            outcome = answers.recv().map_err(|_| gone()).and_then(|answers| take(Done::Answers(answers)));
        }
        drop(answers);
        match assessor.join() {
            Ok(_) => outcome,
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// Reads a chunk, assesses it, and reads the next.
fn in_turns<A>(
    portfolio: &mut Portfolio<'_>,
    assess: &(impl Fn(Vec<Pool>) -> A + ?Sized),
    take: &mut dyn FnMut(Done<A>) -> Result<(), Error>,
) -> Result<(), Error> {
    portfolio.for_each_chunk(&mut |chunk| match chunk {
        Chunk::Pools(pools) => take(Done::Answers(assess(pools))),
        Chunk::StartOver => take(Done::StartOver),
    })
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

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use cashline_core::{
        category::taxonomy::Taxonomy,
        row::{Row, TransactionRow},
        time::Zone,
    };

    use super::*;
    use crate::{
        portfolio::CHUNK_POOLS,
        read::{Facts, Item, Packing, Sink, Table},
    };

    /// Applicants of one account and one row each: three chunks of pools.
    const ACCOUNTS: usize = 2 * CHUNK_POOLS + 7;

    /// Walks over the accounts, the first one again at the end when `late` says so.
    fn walked(
        threads: usize,
        late: bool,
        assess: impl Fn(Vec<Pool>) -> Vec<String> + Sync,
        take: &mut dyn FnMut(Done<Vec<String>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let read = |_: &InputFile, sink: &mut Sink<'_>| {
            for at in (0..ACCOUNTS).chain(late.then_some(0)) {
                let (id, account) = (format!("fctxn_{at}"), format!("fca_{at}"));
                sink(Item::Row(Row::Transaction(TransactionRow::posted(&id, &account, -5, 86_400))))?;
            }
            Ok(Facts { bytes: 1, sha256: [0; 32], lists: vec![], holds: vec![], remarks: vec![] })
        };
        let table = Some(Table::Transactions);
        let files = [InputFile { path: "0".into(), index: 0, table, layout: 0, packing: Packing::Plain }];
        let interrupt = Interrupt::never();
        let inputs = Inputs { files: &files, read: &read, interrupt: &interrupt };
        let rule = AsOfRule { run: Some(AsOf::Instant(172_800)), zone: &Zone::utc() };
        let taxonomy = Taxonomy::builtin();
        let mut portfolio = Portfolio::open(inputs, rule, &taxonomy).expect("usable");
        each_chunk(&mut portfolio, Some(threads), &assess, take)
    }

    fn ids(pools: Vec<Pool>) -> Vec<String> {
        pools.into_iter().flat_map(|pool| pool.applications).map(|application| application.application_id).collect()
    }

    #[test]
    fn chunks_and_their_order_are_the_same_on_one_thread_and_on_several() {
        for late in [false, true] {
            let seen = |threads| {
                let (mut seen, mut starts_over) = (vec![], 0);
                let outcome = walked(threads, late, ids, &mut |done| {
                    match done {
                        Done::Answers(answers) => seen.push(answers),
                        Done::StartOver => {
                            seen.clear();
                            starts_over += 1;
                        }
                    }
                    Ok(())
                });
                outcome.expect("read");
                assert_eq!(starts_over, usize::from(late), "rows that stand apart start over");
                seen
            };
            let one = seen(1);
            assert_eq!((3, ACCOUNTS), (one.len(), one.concat().len()));
            assert_eq!(one, seen(3));
        }
    }

    #[test]
    fn an_error_of_the_taker_ends_the_walk_and_a_panic_of_the_assessor_goes_on() {
        for threads in [1, 3] {
            let mut taken = 0;
            let outcome = walked(threads, false, ids, &mut |_| {
                taken += 1;
                Err(Error::Interrupted { signal: 15 })
            });
            assert!(matches!(outcome, Err(Error::Interrupted { signal: 15 })), "{outcome:?}");
            assert_eq!(taken, 1, "nothing is handed on after an error");
            let panics = |_: Vec<Pool>| -> Vec<String> { panic!("planted") };
            let caught = catch_unwind(AssertUnwindSafe(|| walked(threads, false, panics, &mut |_| Ok(()))));
            let panic = caught.expect_err("the panic comes through");
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"planted"));
        }
    }
}
