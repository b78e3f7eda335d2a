//! Builds what is measured, as it is deployed.

use std::path::PathBuf;
use std::process::Command;

use crate::Failure;

/// Builds a package for release, and nothing with it: built together, packages would share the features of all.
pub(crate) fn build_release(package: &str) -> Result<(), Failure> {
    build(&["build", "--release", "--package", package])
}

/// Builds a package for development.
///
/// # Errors
/// It does not build.
pub fn build_debug(package: &str) -> Result<(), Failure> {
    build(&["build", "--package", package])
}

/// Where the binary of that name is that was built for development.
///
/// # Errors
/// This program does not lie in a target folder.
pub fn debug_binary(name: &str) -> Result<PathBuf, Failure> {
    Ok(target()?.join("debug").join(name))
}

/// Where the binary of that name is that was built for release.
pub(crate) fn release_binary(name: &str) -> Result<PathBuf, Failure> {
    Ok(target()?.join("release").join(name))
}

fn build(arguments: &[&str]) -> Result<(), Failure> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo {} has failed", arguments.join(" ")).into())
    }
}

/// The target folder: this program lies in `{target}/{profile}/`, or as an example one folder below.
fn target() -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()?;
    let mut folders = this.ancestors().skip(1);
    let target = folders
        .find(|folder| !folder.ends_with("examples"))
        .and_then(|profile| profile.parent());
    Ok(target
        .ok_or("this program does not lie in a target folder")?
        .to_owned())
}
