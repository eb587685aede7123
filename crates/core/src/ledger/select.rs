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

/// Whether a row that was set aside names an applicant as the holder of an account that is not among the links: it may be his, but
/// nothing of it is shown to him.
pub(super) fn may_hold_more(history: &History, application: &Application, links: &[Link<'_>]) -> bool {
    application.applicants.iter().any(|applicant| {
        history.held_by(&applicant.id).any(|at| {
            let account = &history.accounts()[at as usize];
            let is_listed =
                applicant.account_ids.is_empty() || applicant.account_ids.iter().any(|id| **id == *account.id);
            let is_linked = || links.iter().any(|link| link.account.id == account.id);
            account.set_aside.contains(applicant.id.as_str()) && is_listed && !is_linked()
        })
    })
}
