//! Which route takes a request: the most specific one, as in HTTP APIs.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use http::Method;
use template::{Route, RouteKey};

/// Every route of the API.
#[derive(Debug)]
pub(crate) struct RouteTable {
    default: Option<Route>,
    /// The more specific before the less specific.
    patterns: Vec<(Pattern, Route)>,
}

/// A route that takes a request, and what its variables stand for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) route: &'a Route,
    pub(super) parameters: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Pattern {
    method: Option<String>,
    segments: Vec<Segment>,
}

/// In the order of their rank: what is fixed wins over a variable, and that over the rest of the path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Fixed(String),
    Variable(String),
    Rest(String),
}

impl RouteTable {
    /// The table of some routes.
    pub(crate) fn new<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Self {
        let mut table = Self {
            default: None,
            patterns: Vec::new(),
        };
        for route in routes {
            match &route.key {
                RouteKey::Default => table.default = Some(route.clone()),
                RouteKey::Path { method, path } => {
                    let pattern = Pattern {
                        method: method.clone(),
                        segments: segments(path),
                    };
                    table.patterns.push((pattern, route.clone()));
                }
            }
        }
        table.patterns.sort_by_key(|(pattern, _)| pattern.rank());
        table
    }

    /// The route that takes a request to this decoded path.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Found<'_>> {
        let matching = self.patterns.iter().find_map(|(pattern, route)| {
            let parameters = pattern.matches(method, path)?;
            Some(Found { route, parameters })
        });
        matching.or_else(|| {
            let route = self.default.as_ref()?;
            Some(Found {
                route,
                parameters: BTreeMap::new(),
            })
        })
    }
}

impl Pattern {
    /// Smaller for what is more specific.
    fn rank(&self) -> (Vec<u8>, Reverse<usize>, bool) {
        let kinds = self.segments.iter().map(|segment| match segment {
            Segment::Fixed(_) => 0,
            Segment::Variable(_) => 1,
            Segment::Rest(_) => 2,
        });
        (
            kinds.collect(),
            Reverse(self.segments.len()),
            self.method.is_none(),
        )
    }

    fn matches(&self, method: &Method, path: &str) -> Option<BTreeMap<String, String>> {
        if self
            .method
            .as_deref()
            .is_some_and(|wanted| wanted != method.as_str())
        {
            return None;
        }
        let mut parameters = BTreeMap::new();
        let mut rest = path.strip_prefix('/')?;
        let mut segments = self.segments.iter().peekable();
        while let Some(segment) = segments.next() {
            let (part, after) = rest
                .split_once('/')
                .map_or((rest, None), |(a, b)| (a, Some(b)));
            match segment {
                Segment::Fixed(text) if text == part => {}
                Segment::Variable(name) if !part.is_empty() => {
                    parameters.insert(name.clone(), part.to_owned());
                }
                Segment::Rest(name) if !rest.is_empty() => {
                    parameters.insert(name.clone(), rest.to_owned());
                    return Some(parameters);
                }
                Segment::Fixed(_) | Segment::Variable(_) | Segment::Rest(_) => return None,
            }
            match (after, segments.peek()) {
                (Some(after), Some(_)) => rest = after,
                (None, None) => return Some(parameters),
                (Some(_), None) | (None, Some(_)) => return None,
            }
        }
        None
    }
}

fn segments(path: &str) -> Vec<Segment> {
    let parts = path.trim_start_matches('/').split('/');
    let segment = |part: &str| match part
        .strip_prefix('{')
        .and_then(|part| part.strip_suffix('}'))
    {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Rest(name.to_owned()),
            None => Segment::Variable(name.to_owned()),
        },
        None => Segment::Fixed(part.to_owned()),
    };
    parts.map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(keys: &[&str]) -> RouteTable {
        let routes: Vec<_> = keys
            .iter()
            .map(|key| Route {
                api: None,
                key: match key.split_once(' ') {
                    Some((method, path)) => RouteKey::Path {
                        method: Some(method.to_owned()).filter(|method| method != "ANY"),
                        path: path.to_owned(),
                    },
                    None => RouteKey::Default,
                },
                package: (*key).to_owned(),
                iam: false,
            })
            .collect();
        RouteTable::new(&routes)
    }

    #[test]
    fn the_most_specific_route_wins() {
        let table = table(&[
            "$default",
            "ANY /pets/{rest+}",
            "ANY /pets/{id}",
            "GET /pets/{id}",
            "GET /pets/all",
            "GET /pets/{id}/toys",
            "GET /",
        ]);
        for (request, expected) in [
            ("GET /pets/all", "GET /pets/all"),
            ("GET /pets/7", "GET /pets/{id}"),
            ("PUT /pets/7", "ANY /pets/{id}"),
            ("PUT /pets/all", "ANY /pets/{id}"),
            ("GET /pets/7/toys", "GET /pets/{id}/toys"),
            ("GET /pets/7/toys/3", "ANY /pets/{rest+}"),
            ("POST /pets/7/toys", "ANY /pets/{rest+}"),
            ("GET /pets", "$default"),
            ("GET /pets/", "$default"),
            ("GET /pets/7/", "ANY /pets/{rest+}"),
            ("GET /", "GET /"),
            ("POST /", "$default"),
            ("get /pets/all", "ANY /pets/{id}"),
        ] {
            let (method, path) = request.split_once(' ').expect("a method and a path");
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let found = table.find(&method, path).expect("there is a default");
            assert_eq!(found.route.package, expected, "{request}");
        }
    }

    #[test]
    fn variables_are_named() {
        let table = table(&["GET /a/{one}/b/{two}", "GET /files/{path+}"]);
        let found = table.find(&Method::GET, "/a/1/b/2").expect("it is there");
        let expected = [("one", "1"), ("two", "2")];
        assert_eq!(
            found.parameters,
            expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        );
        let found = table
            .find(&Method::GET, "/files/x/y.txt")
            .expect("it is there");
        assert_eq!(found.parameters["path"], "x/y.txt");
        assert_eq!(table.find(&Method::GET, "/nowhere"), None);
    }
}
