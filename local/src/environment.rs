//! What CloudFormation would fill in: every function's environment, as it is on this machine.

use std::collections::BTreeMap;

use template::{Function, Resolver, Template, TemplateError};

use crate::engines::{ACCOUNT, REGION};

/// A function's environment variables.
pub type Variables = BTreeMap<String, String>;

/// The secrets of the local stack, by logical id. They guard nothing, and are no use anywhere else.
const SECRETS: [(&str, &str); 3] = [
    (
        "PageTokenKey",
        "local-page-token-key-not-for-any-cloud-0001",
    ),
    ("SealingKey", "local-sealing-key-not-for-any-cloud-000001"),
    (
        "SandboxProcessorKey",
        "local-sandbox-key-not-for-any-cloud-000001",
    ),
];

/// Where the parts of the local stack are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// Where customers and merchants reach the service.
    pub(crate) base_url: String,
    /// Where the SDK reaches DynamoDB.
    pub(crate) dynamodb: String,
    /// Where the SDK reaches SQS.
    pub(crate) sqs: String,
    /// Parameters of the template that whoever started the stack gave.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Addresses {
    /// The environment of one function.
    pub(crate) fn variables(
        &self,
        template: &Template,
        function: &Function,
    ) -> Result<Variables, TemplateError> {
        let meaning = Meaning {
            template,
            addresses: self,
        };
        let mut variables = self.aws_variables();
        for (name, value) in &function.environment {
            variables.insert(name.clone(), value.resolve(&meaning)?);
        }
        Ok(variables)
    }

    /// The variables of all functions together: for whoever acts for all of them.
    pub(crate) fn all_variables(&self, template: &Template) -> Result<Variables, TemplateError> {
        let mut variables = Variables::new();
        for function in &template.functions {
            variables.extend(self.variables(template, function)?);
        }
        Ok(variables)
    }

    /// What Lambda sets in every function, and where its SDK finds the engines.
    fn aws_variables(&self) -> Variables {
        let variables = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.dynamodb),
            ("AWS_ENDPOINT_URL_SQS", &self.sqs),
        ];
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }
}

/// What references of the template mean here.
struct Meaning<'a> {
    template: &'a Template,
    addresses: &'a Addresses,
}

impl Meaning<'_> {
    fn parameter(&self, name: &str) -> Option<String> {
        if let Some(given) = self.addresses.parameters.get(name) {
            return Some(given.clone());
        }
        match name {
            "BaseUrl" => Some(self.addresses.base_url.clone()),
            // The inbox, and whatever a developer runs beside the stack.
            "WebhookAllowedNetworks" => Some("127.0.0.0/8".to_owned()),
            _ => self.template.parameters.get(name)?.default.clone(),
        }
    }

    fn resource(&self, name: &str) -> Option<String> {
        match self.template.resources.get(name)?.as_str() {
            "AWS::SQS::Queue" => Some(format!("{}/{ACCOUNT}/{name}", self.addresses.sqs)),
            // A table is named by its logical id, and a secret is looked up by it.
            _ => Some(name.to_owned()),
        }
    }
}

impl Resolver for Meaning<'_> {
    fn reference(&self, name: &str) -> Option<String> {
        match name {
            "AWS::AccountId" => Some(ACCOUNT.to_owned()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::Region" => Some(REGION.to_owned()),
            "AWS::StackName" => Some("local".to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            _ => self.parameter(name).or_else(|| self.resource(name)),
        }
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Option<String> {
        let kind = self.template.resources.get(resource)?.as_str();
        match (kind, attribute) {
            // Every API is served here, under one address.
            ("AWS::Serverless::HttpApi", "ApiEndpoint") => Some(self.addresses.base_url.clone()),
            ("AWS::SQS::Queue", "QueueName") => Some(resource.to_owned()),
            ("AWS::SQS::Queue", "QueueUrl") => self.resource(resource),
            ("AWS::SQS::Queue", "Arn") => {
                Some(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{resource}"))
            }
            ("AWS::DynamoDB::Table", "Arn") => Some(format!(
                "arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{resource}"
            )),
            _ => None,
        }
    }

    fn dynamic(&self, service: &str, key: &str) -> Option<String> {
        let secret = key
            .split(':')
            .next()
            .filter(|_| service == "secretsmanager")?;
        let known = SECRETS.iter().find(|(name, _)| *name == secret);
        known.map(|(_, value)| (*value).to_owned())
    }

    /// The sandbox is here; other services, and what they know us by, are not.
    fn condition(&self, name: &str) -> Option<bool> {
        match name {
            "SandboxProcessorDeployed" => Some(true),
            "ExternalServiceCredentialsGiven" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Watch;
    use crate::stack::house_template;

    fn addresses() -> Addresses {
        Addresses {
            base_url: "http://127.0.0.1:9000".to_owned(),
            dynamodb: "http://127.0.0.1:9010".to_owned(),
            sqs: "http://127.0.0.1:9011".to_owned(),
            parameters: BTreeMap::new(),
        }
    }

    fn variables(package: &str) -> Variables {
        let template = house_template().expect("the template is understood");
        let function = template
            .functions
            .iter()
            .find(|function| function.package == package);
        let function = function.unwrap_or_else(|| panic!("{package} is a function"));
        addresses()
            .variables(&template, function)
            .expect("every reference is known")
    }

    #[test]
    fn functions_are_told_where_the_engines_are() {
        let variables = variables("dispatcher");
        for (name, value) in [
            ("LIVE_TABLE", "LiveTable"),
            (
                "TEST_QUEUE_URL",
                "http://127.0.0.1:9011/000000000000/TestQueue",
            ),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9010"),
            ("BASE_URL", "http://127.0.0.1:9000"),
            ("LOG_LEVEL", "info"),
        ] {
            assert_eq!(
                variables.get(name).map(String::as_str),
                Some(value),
                "{name}"
            );
        }
        assert_eq!(variables.get("SEALING_KEY"), None);
    }

    /// For `cargo lambda watch --env-file`, beside `cargo run -- --for-watch`.
    #[test]
    fn the_file_for_cargo_lambda_watch_says_the_same() {
        let watch = Watch::default();
        let addresses = Addresses {
            base_url: watch.functions_url,
            dynamodb: format!("http://127.0.0.1:{}", watch.dynamodb_port),
            sqs: format!("http://127.0.0.1:{}", watch.sqs_port),
            parameters: BTreeMap::new(),
        };
        let template = house_template().expect("the template is understood");
        let variables = addresses
            .all_variables(&template)
            .expect("every reference is known");
        let mut expected: Vec<_> = variables
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let file = include_str!("../../infra/watch.env");
        let mut found: Vec<_> = file.lines().filter(|line| !line.starts_with('#')).collect();
        expected.sort();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn secrets_and_networks_are_the_local_ones() {
        let variables = variables("webhook-worker");
        for (name, value) in [
            ("SEALING_KEY", "local-sealing-key-not-for-any-cloud-000001"),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
            ("LIVE_QUEUE_NAME", "LiveQueue"),
        ] {
            assert_eq!(
                variables.get(name).map(String::as_str),
                Some(value),
                "{name}"
            );
        }
    }
}
