//! Compresses the two files, and computes what their headers need: tags, and the hash of the page's style.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts in variables where to write"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let document = built(&out, "DOCUMENT", "openapi.json", "application/json", |_| {
        Ok("default-src 'none'; frame-ancestors 'none'".to_owned())
    })?;
    let page = built(
        &out,
        "PAGE",
        "docs.html",
        "text/html; charset=utf-8",
        |text| {
            // Nothing but the page's own style.
            let (_, style) = text.split_once("<style>").ok_or("the page has a style")?;
            let (style, _) = style.split_once("</style>").ok_or("the style ends")?;
            let hash = STANDARD.encode(Sha256::digest(style));
            Ok(format!(
                "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ))
        },
    )?;
    std::fs::write(out.join("files.rs"), document + &page)?;
    Ok(())
}

/// Compresses a file, and gives the constant that tells of it.
fn built(
    out: &Path,
    constant: &str,
    name: &str,
    content_type: &str,
    policy: impl FnOnce(&str) -> Result<String, Box<dyn Error>>,
) -> Result<String, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../infra")
        .join(name);
    println!("cargo::rerun-if-changed={}", path.display());
    let text = std::fs::read_to_string(&path)?;
    let zipped = out.join(format!("{name}.gz"));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    std::fs::write(&zipped, encoder.finish()?)?;
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&text));
    let etag = digest.get(..16).ok_or("a digest is longer")?;
    Ok(format!(
        "pub(super) const {constant}: File = File {{ content_type: {content_type:?}, \
         plain: include_str!({path:?}), gzip: include_bytes!({zipped:?}), etag: {etag:?}, policy: {:?} }};\n",
        policy(&text)?
    ))
}
