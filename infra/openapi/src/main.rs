//! Writes infra/openapi.json and infra/docs.html.

use std::io;

fn main() -> io::Result<()> {
    for file in openapi::files()? {
        std::fs::write(&file.path, file.text)?;
        println!("wrote {}", file.path.display());
    }
    Ok(())
}
