//! Which accounts an application may look at.

use crate::{
    application::Application,
    history::{AccountVersion, History, HistoryAccount},
};

/// One link of an account, as known at T.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'h> {
    pub(crate) account: &'h HistoryAccount,
    /// Its object; `None` when no accounts row names it.
    pub(crate) version: Option<&'h AccountVersion>,
    /// Who holds it.
    pub(crate) holder: &'h str,
}

/// The applicants' accounts, by id, each once although two applicants may hold it. An applicant who listed accounts gets
/// those alone.
pub(super) fn links<'h>(history: &'h History, application: &Application) -> Vec<Link<'h>> {
    let mut found: Vec<(u32, Link<'h>)> = vec![];
    for applicant in &application.applicants {
        // Whoever made the application may have listed them in any order.
        let mut listed: Vec<&str> = applicant.account_ids.iter().map(String::as_str).collect();
        listed.sort_unstable();
        for at in history.held_by(&applicant.id) {
            let account = &history.accounts()[at as usize];
            let version = account.at(application.as_of);
            // The holder may have changed since; who held it at T decides.
            let holder = match version {
                Some(version) => account.holder(&applicant.id, version),
                None => Some(&*account.id),
            };
            let consented = listed.is_empty() || listed.binary_search(&&*account.id).is_ok();
            if consented && let Some(holder) = holder.filter(|holder| *holder == applicant.id) {
                found.push((at, Link { account, version, holder }));
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.dedup_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, link)| link).collect()
}

/// Whether an applicant lists an account that shows something before T, but of which no row says whose it is.
pub(super) fn lists_unheld(history: &History, application: &Application) -> bool {
    let accounts = history.accounts();
    let find = |id: &String| Some(&accounts[accounts.binary_search_by(|account| (*account.id).cmp(id)).ok()?]);
    let shows = |account: &HistoryAccount| {
        let mut rows = history.rows()[account.rows.clone()].iter();
        rows.any(|version| version.transacted() < application.as_of)
            || account.snapshots.first().is_some_and(|first| first.at <= application.as_of)
            || !account.doubts.is_empty()
    };
    application.applicants.iter().any(|applicant| {
        let is_own = |account: &HistoryAccount| {
            history.held_by(&applicant.id).any(|at| *accounts[at as usize].id == *account.id)
        };
        let is_unheld = |account: &&HistoryAccount| account.versions.iter().all(|version| version.holder.is_none());
        let listed = applicant.account_ids.iter().filter_map(find);
        listed.filter(is_unheld).any(|account| shows(account) && !is_own(account))
    })
}
