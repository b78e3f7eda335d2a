//! Makes the table of routes from template.yaml, where they are said once.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};

use template::{RouteKey, Template};

/// Methods of a route that takes every method.
const ALL_METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts in variables where to write"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    println!("cargo::rerun-if-changed={}", template.display());
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let template = Template::load(&template)?;
    // Of the API whose requests come here; another API answers for itself.
    let default = template
        .routes()
        .find(|route| route.key == RouteKey::Default);
    let api = &default.ok_or("the template has no $default route")?.api;
    for route in template.routes().filter(|route| route.api == *api) {
        if let RouteKey::Path { method, path } = &route.key {
            let methods = paths.entry(path.clone()).or_default();
            match method {
                Some(method) => methods.extend([method.clone()]),
                None => methods.extend(ALL_METHODS.map(str::to_owned)),
            }
        }
    }
    let table: Vec<(String, Vec<String>)> = paths
        .into_iter()
        .map(|(path, methods)| (path, methods.into_iter().collect()))
        .collect();
    // `[("/path", ["GET"])]` as text is an array of arrays; references make it a constant of slices.
    let rows: Vec<String> = table
        .iter()
        .map(|(path, methods)| format!("({path:?}, &{methods:?})"))
        .collect();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    std::fs::write(out.join("routes.rs"), format!("&[{}]", rows.join(", ")))?;
    Ok(())
}
