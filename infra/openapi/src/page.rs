//! The page /docs: the document for people. One file, no script, nothing from elsewhere.

use std::fmt::Write as _;

use shared::domain::environment::Environment;
use shared::http::ApiError;

use crate::document::{Document, INTRODUCTION, SUMMARY};
use crate::operation::{Data, Method, Operation, Place, Scope, json};
use crate::schema::{self, Row};
use crate::{errors, operations, webhook};

const STYLE: &str = include_str!("page.css");

/// The page of a document.
pub(crate) fn render(document: &Document) -> String {
    let mut body = String::new();
    introduction(&mut body);
    for (tag, description) in operations::TAGS {
        let _ = write!(
            body,
            "<h2 id=\"{}\">{tag}</h2>\n<p>{}</p>\n",
            anchor(tag),
            prose(description)
        );
        for operation in document.operations.iter().filter(|one| one.tag == *tag) {
            section(&mut body, document, operation);
        }
    }
    webhooks(&mut body, document);
    catalogue(&mut body, document);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Payments API</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{}<main>\n<h1>Payments API</h1>\n{body}</main>\n</body>\n</html>\n",
        navigation(document)
    )
}

fn navigation(document: &Document) -> String {
    let mut nav =
        "<nav aria-label=\"Contents\">\n<ul>\n<li><a href=\"#start\">Start here</a></li>\n"
            .to_owned();
    for (tag, _) in operations::TAGS {
        let _ = write!(nav, "<li><a href=\"#{}\">{tag}</a>\n<ul>\n", anchor(tag));
        for operation in document.operations.iter().filter(|one| one.tag == *tag) {
            let _ = writeln!(
                nav,
                "<li><a href=\"#{}\">{}</a></li>",
                operation.id, operation.summary
            );
        }
        nav.push_str("</ul></li>\n");
    }
    nav.push_str(
        "<li><a href=\"#webhooks\">Webhooks</a></li>\n<li><a href=\"#errors\">Errors</a></li>\n\
         <li><a href=\"/openapi.json\">openapi.json</a></li>\n</ul>\n</nav>\n",
    );
    nav
}

fn introduction(body: &mut String) {
    let _ = write!(body, "<section id=\"start\">\n<p><b>{SUMMARY}</b></p>\n");
    for paragraph in INTRODUCTION {
        let _ = writeln!(body, "<p>{}</p>", prose(paragraph));
    }
    body.push_str(
        "<p>The examples below use two variables; here they are for Test. Without <code>/test</code>, and with a Live key, the \
         same requests move real money.</p>\n\
         <pre><code>API=https://payments.example/external/v1/test\nKEY=pk_test_…</code></pre>\n\
         <p>The same as a file for tools: <a href=\"/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>\n</section>\n",
    );
}

fn section(body: &mut String, document: &Document, operation: &Operation) {
    let in_test = match operation.scope {
        Scope::Environments { .. } => format!(
            " <small>in Test <code>{}</code></small>",
            breakable(&operation.path_in(Environment::Test))
        ),
        Scope::ByKey { .. } | Scope::Public => String::new(),
    };
    let _ = write!(
        body,
        "<section id=\"{}\">\n<h3>{}</h3>\n<p class=\"route\"><b class=\"{}\">{}</b> <code>{}</code>{in_test}</p>\n<p>{}</p>\n",
        operation.id,
        operation.summary,
        operation.method.as_str().to_lowercase(),
        operation.method.as_str(),
        breakable(&operation.path_in(Environment::Live)),
        prose(operation.description)
    );
    parameters(body, document, operation);
    if let Some(posted) = &operation.body {
        body.push_str("<h4>Body</h4>\n");
        table(
            body,
            &schema::rows(document.components(), posted.schema),
            true,
        );
    }
    let _ = write!(
        body,
        "<h4>Example</h4>\n<pre><code>{}</code></pre>\n",
        escape(&curl(operation))
    );
    let success = &operation.success;
    let _ = write!(
        body,
        "<h4>Answer: {}</h4>\n<p>{}</p>\n<pre><code>{}</code></pre>\n<details>\n<summary>Fields of the answer</summary>\n",
        success.status,
        prose(success.description),
        escape(success.example)
    );
    let mut rows = schema::rows(document.components(), success.data.schema());
    if let Data::Page(_) = success.data {
        let beside = schema::rows(document.components(), "Pagination");
        rows.extend(beside.into_iter().map(|row| Row {
            name: format!("pagination.{}", row.name),
            ..row
        }));
    }
    table(body, &rows, false);
    body.push_str("</details>\n<details>\n<summary>What can go wrong</summary>\n");
    error_table(body, &operation.all_errors());
    body.push_str("</details>\n</section>\n");
}

/// An address that a narrow screen may break.
fn breakable(path: &str) -> String {
    escape(path).replace('/', "<wbr>/")
}

fn parameters(body: &mut String, document: &Document, operation: &Operation) {
    let key = Row {
        name: "X-API-KEY".to_owned(),
        required: true,
        kind: "string".to_owned(),
        description: "Header. Your API key of the environment.".to_owned(),
        rules: Vec::new(),
    };
    let mut rows = vec![key];
    if operation.scope == Scope::Public {
        rows.clear();
    }
    rows.extend(operation.parameters.iter().map(|parameter| {
        let place = match parameter.place {
            Place::Path => "In the path.",
            Place::Query => "In the query.",
        };
        let schema = json(parameter.schema);
        let row = schema::row(
            document.components(),
            parameter.name,
            parameter.required,
            schema,
        );
        Row {
            description: format!("{} {place}", parameter.description),
            ..row
        }
    }));
    if operation.is_idempotent() {
        rows.push(Row {
            name: "Idempotency-Key".to_owned(),
            required: false,
            kind: "string".to_owned(),
            description: "Header. Makes a repeated request harmless.".to_owned(),
            rules: vec!["1 to 255 visible ASCII characters".to_owned()],
        });
    }
    body.push_str("<h4>Parameters</h4>\n");
    table(body, &rows, true);
}

fn table(body: &mut String, rows: &[Row], with_required: bool) {
    body.push_str(
        "<table>\n<thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead>\n<tbody>\n",
    );
    for row in rows {
        let need = match (with_required, row.required) {
            (true, true) => " <em>required</em>",
            (true, false) => "",
            (false, true) => "",
            (false, false) => " <em>may be absent</em>",
        };
        let rules = if row.rules.is_empty() {
            String::new()
        } else {
            format!("<br><small>{}</small>", prose(&row.rules.join(" · ")))
        };
        let _ = writeln!(
            body,
            "<tr><td><code>{}</code></td><td>{}{need}</td><td>{}{rules}</td></tr>",
            escape(&row.name).replace('.', "<wbr>."),
            row.kind,
            prose(&row.description)
        );
    }
    body.push_str("</tbody>\n</table>\n");
}

/// The request as a reader would send it.
fn curl(operation: &Operation) -> String {
    let mut path = match operation.scope {
        Scope::Environments { .. } => format!("$API{}", operation.path),
        Scope::ByKey { .. } | Scope::Public => {
            format!(
                "https://payments.example{}",
                operation.path_in(Environment::Live)
            )
        }
    };
    let mut query = Vec::new();
    for parameter in operation.parameters {
        match parameter.place {
            Place::Path => {
                path = path.replace(&format!("{{{}}}", parameter.name), parameter.example)
            }
            Place::Query if parameter.required => {
                query.push(format!("{}={}", parameter.name, parameter.example));
            }
            Place::Query => {}
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let mut lines = match operation.method {
        Method::Get => vec![format!("curl \"{path}\"")],
        method => vec![format!("curl -X {} \"{path}\"", method.as_str())],
    };
    if operation.scope != Scope::Public {
        lines.push("-H \"X-API-KEY: $KEY\"".to_owned());
    }
    let Some(body) = &operation.body else {
        return lines.join(" ");
    };
    lines.push("-H \"Content-Type: application/json\"".to_owned());
    if operation.is_idempotent() {
        let name = operation.path.rsplit('/').next().unwrap_or_default();
        lines.push(format!("-H \"Idempotency-Key: order-12345-{name}\""));
    }
    lines.push(format!("-d '{}'", body.example.replace('\n', "\n  ")));
    lines.join(" \\\n  ")
}

fn webhooks(body: &mut String, document: &Document) {
    let _ = write!(
        body,
        "<h2 id=\"webhooks\">Webhooks</h2>\n<section>\n<p>{}</p>\n<h4>Headers</h4>\n",
        prose(webhook::DESCRIPTION)
    );
    let rows: Vec<Row> = webhook::HEADERS
        .iter()
        .map(|(name, pattern, description)| Row {
            name: (*name).to_owned(),
            required: true,
            kind: "string".to_owned(),
            description: (*description).to_owned(),
            rules: vec![format!("`{pattern}`")],
        })
        .collect();
    table(body, &rows, false);
    let _ = write!(
        body,
        "<h4>Body</h4>\n<pre><code>{}</code></pre>\n",
        escape(webhook::EXAMPLE)
    );
    table(
        body,
        &schema::rows(document.components(), "WebhookEvent"),
        false,
    );
    body.push_str("</section>\n");
}

fn catalogue(body: &mut String, document: &Document) {
    body.push_str(
        "<h2 id=\"errors\">Errors</h2>\n<section>\n<p>Every error has this body. 4xx: correct the request before you send it \
         again. 5xx: send it again with the same <code>Idempotency-Key</code>, if it takes one, after 1, 2, 4, 8 seconds.</p>\n",
    );
    let example = "{\n  \"success\": false,\n  \"error\": {\n    \"message\": \"IP not allowed.\",\n    \"code\": 11002,\n    \
                   \"statusCode\": 403,\n    \"traceId\": \"b2f3d36dc305249e8d1ebaa49ef616f1\"\n  }\n}";
    let _ = writeln!(body, "<pre><code>{}</code></pre>", escape(example));
    let all = document.operations.iter().flat_map(Operation::all_errors);
    error_table(body, &errors::catalogue(all));
    body.push_str("</section>\n");
}

fn error_table(body: &mut String, errors: &[ApiError]) {
    body.push_str("<table>\n<thead><tr><th>HTTP</th><th>Code</th><th>What, and what to do</th></tr></thead>\n<tbody>\n");
    for error in errors {
        let (status, code, message) = error.entry();
        let message = match error {
            ApiError::Invalid(_) => "A parameter is missing or wrong; the message names it.",
            _ => &message,
        };
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}<br><small>{}</small></td></tr>",
            status.as_u16(),
            code.map_or_else(|| "none".to_owned(), |code| code.to_string()),
            escape(message),
            prose(errors::advice(error))
        );
    }
    body.push_str("</tbody>\n</table>\n");
}

fn anchor(text: &str) -> String {
    text.to_lowercase().replace(' ', "-")
}

/// Text with Markdown's backticks, as HTML.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (number, part) in text.split('`').enumerate() {
        let part = escape(part);
        if number % 2 == 0 {
            html.push_str(&part);
        } else {
            let _ = write!(html, "<code>{part}</code>");
        }
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_nobody_else_for_anything() {
        let page = render(&Document::new());
        for word in ["<script", "src=", "@import", "url(", "href=\"http"] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn code_is_marked_and_everything_is_escaped() {
        assert_eq!(prose("a `<b>` & c"), "a <code>&lt;b&gt;</code> &amp; c");
    }
}
