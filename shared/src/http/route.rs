//! Routes as the template writes them.

use http::Method;

/// Whether a path is one of a route, whose `{variables}` stand for one segment each.
#[must_use]
pub fn route_matches(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part.starts_with('{') && !segment.is_empty() => {}
            (Some(part), Some(segment)) if part == segment => {}
            _ => return false,
        }
    }
}

/// The first of some routes, `METHOD /path`, that a request is for, with what stands beside it.
#[must_use]
pub fn find_route<E: Copy>(
    routes: &[(&'static str, E)],
    method: &Method,
    path: &str,
) -> Option<(&'static str, E)> {
    let is_for = |route: &str| {
        route
            .split_once(' ')
            .is_some_and(|(verb, pattern)| verb == method.as_str() && route_matches(pattern, path))
    };
    routes.iter().copied().find(|(route, _)| is_for(route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_one_segment() {
        for (path, is_one) in [
            ("/a/x/b", true),
            ("/a//b", false),
            ("/a/x/y/b", false),
            ("/a/x", false),
            ("/a/x/b/", false),
            ("", false),
        ] {
            assert_eq!(route_matches("/a/{name}/b", path), is_one, "{path}");
        }
    }
}
