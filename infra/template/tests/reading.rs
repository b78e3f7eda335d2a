//! A template of every shape that is understood, and the house's own.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde_json::json;
use template::{KeyAttribute, KeyType, Redrive, Resolver, RouteKey, Template};

const SMALL: &str = "
Parameters:
  BaseUrl: {Type: String, Default: ''}
  Days: {Type: Number, Default: 30}
  Needed: {Type: String}
Globals:
  Function:
    Timeout: 10
    Environment: {Variables: {TABLE: !Ref Things, LEVEL: info}}
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/answer/
      Environment: {Variables: {LEVEL: debug, KEY: !Sub '{{resolve:secretsmanager:${Secret}}}'}}
      Events:
        One: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: '/things/{id}'}}
        Two: {Type: HttpApi, Properties: {Method: ANY, Path: '/all/{rest+}'}}
        Zero: {Type: HttpApi}
        Guarded:
          Type: HttpApi
          Properties: {Method: PATCH, Path: /guarded, Auth: {Authorizer: AWS_IAM}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/work
      Timeout: 60
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Things.StreamArn
            StartingPosition: TRIM_HORIZON
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 5
            ScalingConfig: {MaximumConcurrency: 7}
        Tick:
          Type: Schedule
          Properties: {Schedule: rate(2 minutes), Input: '{\"a\": 1}'}
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: at, AttributeType: N}
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: byTime
          KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: at, KeyType: RANGE}]
          Projection: {ProjectionType: KEYS_ONLY}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead: {Type: AWS::SQS::Queue}
  Secret: {Type: AWS::SecretsManager::Secret}
";

/// Says back what it is asked.
struct Echo;

impl Resolver for Echo {
    fn reference(&self, name: &str) -> Option<String> {
        Some(name.to_lowercase())
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Option<String> {
        Some(format!("{resource}/{attribute}"))
    }

    fn dynamic(&self, service: &str, key: &str) -> Option<String> {
        Some(format!("{service} {key}"))
    }

    fn condition(&self, _: &str) -> Option<bool> {
        Some(true)
    }
}

#[test]
fn functions_are_read_with_what_globals_say() {
    let template = Template::parse(SMALL).unwrap();
    let [answer, work] = template.functions.as_slice() else {
        panic!("two functions")
    };
    assert_eq!(
        (answer.id.as_str(), answer.package.as_str()),
        ("Answer", "answer")
    );
    assert_eq!(answer.timeout, Duration::from_secs(10));
    assert_eq!(work.timeout, Duration::from_secs(60));
    let resolved: BTreeMap<_, _> = answer
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.resolve(&Echo).unwrap()))
        .collect();
    let expected = [
        ("KEY", "secretsmanager secret"),
        ("LEVEL", "debug"),
        ("TABLE", "things"),
    ];
    assert_eq!(
        resolved,
        expected
            .map(|(name, value)| (name, value.to_owned()))
            .into()
    );
    assert_eq!(work.environment.len(), 2);
}

#[test]
fn routes_are_read_with_their_package() {
    let template = Template::parse(SMALL).unwrap();
    let routes: Vec<_> = template
        .routes()
        .map(|route| {
            let api = route.api.as_deref();
            (
                route.key.to_string(),
                route.package.as_str(),
                api,
                route.iam,
            )
        })
        .collect();
    let mut expected = [
        ("GET /things/{id}", "answer", Some("Api"), false),
        ("ANY /all/{rest+}", "answer", None, false),
        ("$default", "answer", None, false),
        ("PATCH /guarded", "answer", None, true),
    ]
    .map(|(key, package, api, iam)| (key.to_owned(), package, api, iam));
    let mut routes = routes;
    routes.sort();
    expected.sort();
    assert_eq!(routes, expected);
}

#[test]
fn mappings_and_schedules_are_read() {
    let template = Template::parse(SMALL).unwrap();
    let work = &template.functions[1];
    let stream = &work.streams[0];
    assert_eq!((stream.table.as_str(), stream.batch_size), ("Things", 100));
    assert!(stream.bisect_on_error && stream.reports_failures);
    let queue = &work.queues[0];
    assert_eq!((queue.queue.as_str(), queue.batch_size), ("Jobs", 5));
    assert_eq!(queue.maximum_concurrency, Some(7));
    assert!(!queue.reports_failures);
    assert_eq!(work.schedules[0].every, Duration::from_secs(120));
    assert_eq!(work.schedules[0].input, json!({"a": 1}));
}

#[test]
fn tables_and_queues_are_read() {
    let template = Template::parse(SMALL).unwrap();
    let table = template.find_table("Things").unwrap();
    assert_eq!(
        table.key,
        [KeyAttribute {
            name: "pk".to_owned(),
            kind: KeyType::Hash
        }]
    );
    assert_eq!(table.attributes["at"], "N");
    assert_eq!(table.indexes[0].name, "byTime");
    assert_eq!(table.indexes[0].key[1].kind.as_str(), "RANGE");
    assert_eq!(table.stream_view.as_deref(), Some("NEW_AND_OLD_IMAGES"));
    assert_eq!(table.time_to_live.as_deref(), Some("expiresAt"));
    let queue = template.find_queue("Jobs").unwrap();
    assert_eq!(queue.attributes["VisibilityTimeout"], "180");
    assert_eq!(
        queue.redrive,
        Some(Redrive {
            target: "Dead".to_owned(),
            maximum_receives: 5
        })
    );
    assert_eq!(template.parameters["Days"].default.as_deref(), Some("30"));
    assert_eq!(template.parameters["Needed"].default, None);
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (from, to, expected) in [
        (
            "CodeUri: functions/work",
            "CodeUrl: functions/work",
            "Resources.Work.Properties: CodeUri is missing",
        ),
        (
            "BatchSize: 5",
            "BatchSize: five",
            "Resources.Work.Properties.Events.Queue.Properties.BatchSize: must be a whole number",
        ),
        (
            "BatchSize: 5",
            "FilterCriteria: {}",
            "Resources.Work.Properties.Events.Queue.Properties.FilterCriteria: is not understood here",
        ),
        (
            "TRIM_HORIZON",
            "LATEST",
            "Resources.Work.Properties.Events.Stream.Properties.StartingPosition: only TRIM_HORIZON is \
             understood here",
        ),
        (
            "rate(2 minutes)",
            "cron(0 * * * ? *)",
            "Resources.Work.Properties.Events.Tick.Properties.Schedule: \"cron(0 * * * ? *)\" is not \
             understood here: only rate(…) is",
        ),
        (
            "!GetAtt Things.StreamArn",
            "!GetAtt Jobs.StreamArn",
            "Resources.Work: Jobs is not a table",
        ),
        (
            "!GetAtt Dead.Arn",
            "!GetAtt Things.Arn",
            "Resources.Jobs: Things is not a queue",
        ),
        (
            "!GetAtt Jobs.Arn",
            "!Ref Jobs",
            "Resources.Work.Properties.Events.Queue.Properties.Queue: must be a !GetAtt of a resource's Arn",
        ),
        (
            "Path: '/all/{rest+}'",
            "Path: all",
            "Resources.Answer.Properties.Events.Two.Properties.Path: must start with a slash",
        ),
        (
            "ApiId: !Ref Api",
            "ApiId: Api",
            "Resources.Answer.Properties.Events.One.Properties.ApiId: must be a !Ref of a resource",
        ),
        (
            "Type: Schedule",
            "Type: S3",
            "Resources.Work.Properties.Events.Tick.Type: S3 is not understood here",
        ),
    ] {
        assert!(SMALL.contains(from), "{from}");
        let error = Template::parse(&SMALL.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn the_houses_own_template_is_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = Template::load(&path).unwrap();
    let packages: Vec<_> = template
        .functions
        .iter()
        .map(|function| function.package.as_str())
        .collect();
    for package in [
        "checkout",
        "dispatcher",
        "fallback",
        "session",
        "webhook-worker",
    ] {
        assert!(packages.contains(&package), "{package} is in {packages:?}");
    }
    assert_eq!(
        template
            .routes()
            .filter(|route| route.key == RouteKey::Default)
            .count(),
        1
    );
    assert_eq!(template.tables.len(), 3);
    for function in &template.functions {
        for value in function.environment.values() {
            value.resolve(&Echo).unwrap();
        }
    }
}
