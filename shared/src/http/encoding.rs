//! What a caller's `Accept-Encoding` asks for. API Gateway compresses nothing, so the functions that answer with pages do.

/// Whether `Accept-Encoding` names gzip, and not with a weight of nothing.
#[must_use]
pub fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty())
        });
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_whoever_takes_it() {
        for (accepted, takes) in [
            ("", false),
            ("gzip", true),
            ("GZIP", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("*", true),
            ("br", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("xgzip", false),
        ] {
            assert_eq!(takes_gzip(accepted), takes, "{accepted:?}");
        }
    }
}
