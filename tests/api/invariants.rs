//! Invariants of the house that a compiler does not see (ARCHITECTURE.md, *Invariants*).

use std::fs;
use std::path::{Path, PathBuf};

use template::{RouteKey, Template};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder, with what stands in it before its tests.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "tests.rs") {
                // Tests in a file of their own.
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a text");
                let code = text
                    .split("#[cfg(test)]\nmod tests")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                found.push((path, code));
            }
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

#[test]
fn the_domain_is_pure() {
    let sandbox = sources("functions/sandbox-processor/src/domain");
    for (path, code) in sources("shared/src/domain").into_iter().chain(sandbox) {
        for word in [
            "async ",
            "tokio",
            "aws_",
            "SystemTime",
            "Timestamp::now",
            "getrandom",
            "http::",
            "crate::store",
            "std::env",
            "f64",
            "f32",
        ] {
            assert!(!code.contains(word), "{} says {word}", path.display());
        }
    }
}

#[test]
fn keys_are_spelled_in_one_place() {
    for folder in ["shared/src", "functions"] {
        for (path, code) in sources(folder) {
            // The sandbox is another company's system, with a table and keys of its own.
            if path.ends_with("store/keys.rs") || path.ends_with("sandbox-processor/src/ledger.rs")
            {
                continue;
            }
            for prefix in [
                "\"K#",
                "\"W#",
                "\"S#",
                "\"P#",
                "\"M#",
                "\"I#",
                "\"E#",
                "\"L#",
                "\"B#",
                "\"D#",
                "\"X#",
                "\"Y#",
                "\"KEY#",
                "\"AUDIT#",
                "\"pk\"",
                "\"sk\"",
                "\"lpk\"",
                "\"lsk\"",
                "\"bpk\"",
                "\"bsk\"",
                "\"dpk\"",
                "\"dueAt\"",
                "\"expiresAt\"",
            ] {
                assert!(!code.contains(prefix), "{} spells {prefix}", path.display());
            }
        }
    }
}

#[test]
fn no_function_knows_where_it_runs() {
    for folder in ["shared/src", "functions"] {
        for (path, code) in sources(folder) {
            for word in [
                "127.0.0.1",
                "localhost",
                "if local",
                "is_local",
                "AWS_SAM_LOCAL",
            ] {
                assert!(!code.contains(word), "{} says {word}", path.display());
            }
        }
    }
}

#[test]
fn every_function_is_a_resource_of_the_template_and_every_resource_a_function() {
    let template = Template::load(&root().join("template.yaml")).expect("a template");
    let mut resources: Vec<String> = template
        .functions
        .iter()
        .map(|function| function.package.clone())
        .collect();
    let mut folders: Vec<String> = fs::read_dir(root().join("functions"))
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    resources.sort();
    folders.sort();
    assert_eq!(resources, folders);
}

/// `cargo lambda watch` has a table of routes of its own, in the root Cargo.toml: it must be the template's.
#[test]
fn the_watch_routes_are_the_templates() {
    let template = Template::load(&root().join("template.yaml")).expect("a template");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let (_, router) = manifest
        .split_once("[workspace.metadata.lambda.watch.router]\n")
        .expect("a router");
    let mut watched = Vec::new();
    let mut path = "";
    for line in router
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        if let Some(rest) = line.strip_prefix('"') {
            path = rest.split('"').next().unwrap_or_default();
        }
        let (mut method, mut function) = (None, None);
        let words: Vec<&str> = line.split('"').collect();
        for pair in words.windows(2) {
            match pair[0]
                .trim()
                .trim_start_matches([',', '{', '[', '=', ' '])
                .trim()
            {
                "method =" => method = Some(pair[1]),
                "function =" => function = Some(pair[1]),
                _ => {}
            }
        }
        if let (Some(method), Some(function)) = (method, function) {
            watched.push((method.to_owned(), path.to_owned(), function.to_owned()));
        }
        // Every method of everything below an address; the last two are what no other route takes.
        if let ["", below, " = ", function, ""] = words[..]
            && function != "fallback"
        {
            let below = below.replace("{*path}", "{path+}");
            watched.push((String::new(), below, function.to_owned()));
        }
    }
    let mut deployed: Vec<(String, String, String)> = template
        .routes()
        .filter_map(|route| match &route.key {
            RouteKey::Path { method, path } => Some((
                method.clone().unwrap_or_default(),
                path.clone(),
                route.package.clone(),
            )),
            RouteKey::Default => None,
        })
        .collect();
    watched.sort();
    deployed.sort();
    assert_eq!(watched, deployed);
}
