//! Dependencies between the crates of the workspace point one way.

use crate::workspace::Package;

/// What a crate may depend on within the workspace; in tests and examples also on the last list.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("xmp-core", &[], &[]),
    // The simulator shares no code with what it judges: a misreading must not cancel itself out.
    ("xmp-sim", &[], &[]),
    ("xmp-client", &["xmp-core"], &["xmp-sim", "xmp-store"]),
    ("xmp-store", &["xmp-core"], &["xmp-proof-servers", "xmp-sim"]),
    ("xmp-scheduler", &["xmp-core"], &["xmp-sim", "xmp-store"]),
    ("xmp", &["xmp-core", "xmp-client", "xmp-store", "xmp-scheduler"], &["xmp-sim"]),
    // What other languages call is the facade, and the simulator that their tests start.
    ("xmp-surface", &["xmp", "xmp-core", "xmp-sim"], &[]),
    ("xmp-python", &["xmp-surface"], &[]),
    ("xmp-node", &["xmp-surface"], &[]),
    // What is proved is proved from outside; the servers know nothing of what runs on them.
    ("xmp-proof-servers", &[], &[]),
    ("xmp-proof-bench", &["xmp-core", "xmp-store", "xmp-scheduler", "xmp-proof-servers"], &[]),
    ("xmp-proof-crash", &["xmp", "xmp-client", "xmp-core", "xmp-sim", "xmp-store", "xmp-proof-servers"], &[]),
    // The reference shares no code with what it is held against.
    ("xmp-proof-model", &[], &["xmp-core", "xmp-proof-servers", "xmp-scheduler", "xmp-store"]),
    ("xtask", &["xmp-proof-servers"], &[]),
];

/// Fails with every arrow that points the wrong way.
pub(crate) fn check(packages: &[Package]) -> Result<(), String> {
    let wrong: Vec<String> = packages.iter().flat_map(wrong_arrows).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn wrong_arrows(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some((_, always, in_tests)) = ARROWS.iter().find(|(known, ..)| known == name) else {
        return vec![format!("{name} is new: say in xtask/src/arrows.rs what it may depend on")];
    };
    let inside = |other: &str| other == "xmp" || other.starts_with("xmp-") || other == "xtask";
    package
        .dependencies
        .iter()
        .filter(|dependency| inside(&dependency.name))
        .filter(|dependency| {
            let other = dependency.name.as_str();
            !(always.contains(&other) || dependency.dev && in_tests.contains(&other))
        })
        .map(|dependency| {
            let how = if dependency.dev { "in its tests" } else { "normally" };
            format!("{name} depends {how} on {}", dependency.name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependencies = dependencies.iter().map(|&(name, dev)| Dependency { name: name.to_owned(), dev });
        Package { name: name.to_owned(), features: Vec::new(), dependencies: dependencies.collect() }
    }

    #[test]
    fn arrows_that_point_the_right_way_pass() {
        let client = package("xmp-client", &[("xmp-core", false), ("serde", false), ("xmp-sim", true)]);
        assert_eq!(check(&[client, package("xmp-core", &[("serde", false)])]), Ok(()));
    }

    #[test]
    fn arrows_that_point_the_wrong_way_are_named() {
        let scheduler = package("xmp-scheduler", &[("xmp-client", true), ("xmp-store", false)]);
        let told = check(&[scheduler, package("xmp-sim", &[("xmp-core", false)])]);
        assert_eq!(
            told,
            Err("xmp-scheduler depends in its tests on xmp-client; xmp-scheduler depends normally on xmp-store; \
                 xmp-sim depends normally on xmp-core"
                .to_owned())
        );
    }

    #[test]
    fn a_crate_without_a_rule_is_refused() {
        assert!(check(&[package("xmp-new", &[])]).is_err_and(|told| told.contains("xmp-new is new")));
    }
}
