//! Given names that stand for each other, from a list of groups.

use std::{collections::HashMap, sync::OnceLock};

const GROUPS: &str = include_str!("../defaults/nicknames.txt");

fn groups() -> &'static HashMap<&'static str, Vec<u32>> {
    static TABLE: OnceLock<HashMap<&'static str, Vec<u32>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<&'static str, Vec<u32>> = HashMap::new();
        for (group, line) in (0..).zip(GROUPS.lines().filter(|line| !line.starts_with('#'))) {
            for name in line.split_whitespace() {
                table.entry(name).or_default().push(group);
            }
        }
        table
    })
}

/// Whether two given names stand for each other.
pub(crate) fn are_one(one: &str, other: &str) -> bool {
    let (Some(here), Some(there)) = (groups().get(one), groups().get(other)) else { return false };
    here.iter().any(|group| there.contains(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nickname_joins_only_names_of_one_group() {
        assert!(are_one("bob", "robert") && are_one("al", "albert") && are_one("al", "alan"));
        // Through Al, but never of one group.
        assert!(!are_one("albert", "alan"));
        assert!(!are_one("bob", "william") && !are_one("xyz", "robert"));
    }

    #[test]
    fn the_list_is_lower_case_ascii_or_latin_without_doubles_in_a_line() {
        for line in GROUPS.lines().filter(|line| !line.starts_with('#')) {
            let names: Vec<&str> = line.split_whitespace().collect();
            let mut unique = names.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{line}");
            assert!(names.iter().all(|name| *name == name.to_lowercase()) && 2 <= names.len(), "{line}");
        }
    }
}
