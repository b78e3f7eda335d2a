//! Where a page goes on: a place in what is listed, as a text that callers hand back. A place belongs to the merchant or the
//! environment that the path names, so there is nothing in it to forge.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::http::ApiError;

/// The cursor of a place.
pub(crate) fn write(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The place of a cursor, if there is one.
///
/// # Errors
/// It is none of ours. What is wrong with it does not matter to whoever altered it.
pub(crate) fn read<T>(
    cursor: Option<&str>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let place = |cursor| String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok();
    cursor
        .map(|cursor| {
            place(cursor)
                .and_then(|place| parse(&place))
                .ok_or_else(|| ApiError::invalid("cursor must be a nextCursor of this list."))
        })
        .transpose()
}
