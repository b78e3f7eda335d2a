//! `POST /pay`: passed on, answered as the service answers, and the same payment however often it is asked for.

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use shared::domain::environment::Environment;
use tests::Reaction;

use super::{Scene, pay_body};

#[tokio::test]
async fn a_payment_is_passed_on_and_answered_in_the_contracts_words() {
    let scene = Scene::start().await;
    let answer = scene.live.pay("ORD-1").await;
    answer.expect_success();
    let expected = json!({ "result": "OK", "resultDescription": "as told", "paymentId": "pay-1" });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("idempotent-replayed"), None);
    let asked = scene.service.asked();
    assert_eq!((asked.len(), asked[0].target.as_str()), (1, "/v3/pay"));
    let base_url = scene.app.stack.base_url();
    // No two merchants' names can be the same to the service; and it knows where to say that something changed.
    let mut expected = pay_body("SHOP01:ORD-1");
    expected["callbackUrl"] = json!(format!("{base_url}/v3/acme/callback"));
    assert_eq!(asked[0].json(), expected);
}

#[tokio::test]
async fn provider_data_goes_on_to_the_letter_and_stays_nowhere() {
    let scene = Scene::start().await;
    let data =
        r#"{ "z": 1.10, "a": 12345678901234567890123, "name":"Ada\u0020L", "a2": [ {} , null ] }"#;
    let body = format!(
        r#"{{"amount": 100, "currency": "EUR", "shopTransactionId": "ORD-1", "providerData": {data}, "unknown": 1}}"#
    );
    let answer = scene.live.send(Method::POST, "/pay", &[], body).await;
    answer.expect_success();
    let asked = scene.service.asked();
    assert!(
        asked[0].body.contains(&format!(r#""providerData":{data}"#)),
        "{}",
        asked[0].body
    );
    assert!(!asked[0].body.contains("unknown"));
    let table = scene.app.items("LiveTable").await;
    assert!(table.contains("ORD-1") && !table.contains("Ada"), "{table}");
}

#[tokio::test]
async fn every_result_is_told_and_repeated() {
    let scene = Scene::start().await;
    for (number, result) in ["OK", "KO", "PENDING", "REDIRECT_TO_URL"]
        .into_iter()
        .enumerate()
    {
        scene.service.react("/pay", Reaction::Result(result));
        let name = format!("ORD-{number}");
        let first = scene.live.pay(&name).await;
        first.expect_success();
        assert_eq!(first.json()["result"], result);
        let redirects = first.json()["redirectToUrl"] == "https://bank.example/3ds";
        assert_eq!(redirects, result == "REDIRECT_TO_URL");
        let again = scene.live.pay(&name).await;
        assert_eq!(again.json(), first.json());
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
    assert_eq!(scene.service.charged().len(), 4);
    assert_eq!(scene.service.asked_for("/pay").len(), 4);
}

#[tokio::test]
async fn a_repeated_payment_shows_how_it_ended_since() {
    let scene = Scene::start().await;
    scene
        .service
        .react("/pay", Reaction::Result("REDIRECT_TO_URL"));
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.set_status(&payment_id, "ACCEPTED");
    assert_eq!(
        scene.live.status(&payment_id).await.json()["status"],
        "ACCEPTED"
    );
    let again = scene.live.pay("ORD-1").await.json();
    let expected = json!({ "result": "OK", "resultDescription": "", "paymentId": payment_id });
    assert_eq!(again, expected);
}

#[tokio::test]
async fn a_name_stands_for_one_request() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    scene.live.paid("ORD-1").await;
    // White space and the order of fields don't count.
    let shuffled = r#"{ "shopTransactionId":"ORD-1", "providerData":{"customer" : "c-1"},"currency":"EUR",
        "failureRedirectUrl":"https://shop.example/ko","successRedirectUrl":"https://shop.example/ok","amount":12345}"#;
    let answer = scene
        .live
        .send(Method::POST, "/pay", &[], shuffled.to_owned())
        .await;
    assert_eq!(
        answer.header("idempotent-replayed"),
        Some("true"),
        "{}",
        answer.text
    );
    for (field, value) in [
        ("amount", json!(12_346)),
        ("currency", json!("USD")),
        ("providerData", json!({ "customer": "c-2" })),
        ("successRedirectUrl", json!(null)),
    ] {
        let mut body = pay_body("ORD-1");
        body[field] = value;
        let answer = scene.live.post("/pay", &body).await;
        assert_eq!(answer.error(), (409, Some(12001)), "{field}");
    }
    let mut body = pay_body("ORD-1");
    body["subscriptionInfo"] = json!({ "interval": "DAY", "intervalCount": 1 });
    let answer = scene.live.post("/subscription/start", &body).await;
    assert_eq!(answer.error(), (409, Some(12001)));
    assert_eq!(scene.service.asked().len(), 1);
}

#[tokio::test]
async fn sixty_four_equal_payments_at_once_are_one() {
    let scene = Scene::start().await;
    scene.service.hold(true);
    let all = join_all((0..64).map(|_| scene.live.pay("ORD-1")));
    let let_go = async {
        scene.service.wait_for(1).await;
        // The others have seen it by the time that they are answered; only the first one waits.
        scene.service.hold(false);
    };
    let (answers, ()) = tokio::join!(all, let_go);
    let mut paid = 0;
    for answer in &answers {
        if answer.status == 200 {
            assert_eq!(answer.json()["paymentId"], "pay-1");
            paid += 1;
        } else {
            assert_eq!(answer.error(), (409, None));
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
    }
    assert!(paid >= 1);
    assert_eq!(scene.service.asked().len(), 1);
    assert_eq!(scene.live.pay("ORD-1").await.json()["paymentId"], "pay-1");
}

#[tokio::test]
async fn while_the_first_one_runs_the_second_is_asked_to_wait() {
    let scene = Scene::start().await;
    scene.service.hold(true);
    let first = scene.live.pay("ORD-1");
    let meanwhile = async {
        scene.service.wait_for(1).await;
        let answer = scene.live.pay("ORD-1").await;
        assert_eq!(answer.error(), (409, None));
        assert_eq!(answer.header("retry-after"), Some("1"));
        let mut other = pay_body("ORD-1");
        other["amount"] = json!(1);
        let answer = scene.live.post("/pay", &other).await;
        assert_eq!(answer.error(), (409, Some(12001)));
        scene.service.hold(false);
    };
    let (answer, ()) = tokio::join!(first, meanwhile);
    answer.expect_success();
    assert_eq!(scene.service.asked().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_charges_once_and_is_found_by_asking_again() {
    let scene = Scene::start().await;
    for (number, reaction) in [Reaction::Drop, Reaction::Garbage].into_iter().enumerate() {
        let name = format!("ORD-{number}");
        scene.service.react("/pay", reaction);
        let lost = scene.live.pay(&name).await;
        assert_eq!(lost.error(), (502, Some(13001)));
        // Somebody else's money: the name stands for this request alone.
        let mut other = pay_body(&name);
        other["amount"] = json!(1);
        let answer = scene.live.post("/pay", &other).await;
        assert_eq!(answer.error(), (409, Some(12001)));
        let found = scene.live.pay(&name).await;
        found.expect_success();
        assert_eq!(found.json()["result"], "OK");
        assert_eq!(found.header("idempotent-replayed"), None);
    }
    let charged = scene.service.charged();
    assert_eq!(charged.len(), 2);
    assert_eq!(
        charged.iter().map(|one| one.amount).sum::<u64>(),
        2 * 12_345
    );
    let asked = scene.service.asked_for("/pay");
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[0].body, asked[1].body, "the same identity");
}

#[tokio::test]
async fn a_call_that_never_got_through_is_made_when_somebody_asks_again() {
    let scene = Scene::start().await;
    scene
        .service
        .react("/pay", Reaction::Answer(503, json!({})));
    assert_eq!(scene.live.pay("ORD-1").await.error(), (502, Some(13001)));
    assert!(scene.service.charged().is_empty());
    scene.live.pay("ORD-1").await.expect_success();
    assert_eq!(scene.service.charged().len(), 1);
}

#[tokio::test]
async fn an_answer_that_says_too_little_is_no_answer() {
    let scene = Scene::start().await;
    for answer in [
        json!({ "result": "OK" }),
        json!({ "result": "YES", "paymentId": "p" }),
        json!({ "result": "REDIRECT_TO_URL", "paymentId": "p" }),
        json!({ "result": "REDIRECT_TO_URL", "paymentId": "p", "redirectToUrl": "javascript:alert(1)" }),
        json!({ "result": "OK", "paymentId": "with space" }),
        json!([]),
    ] {
        scene.service.react("/pay", Reaction::Answer(200, answer));
        let refused = scene.live.pay("ORD-1").await;
        assert_eq!(refused.error(), (502, Some(13001)));
    }
    scene.live.pay("ORD-1").await.expect_success();
}

#[tokio::test]
async fn what_was_certainly_not_done_leaves_its_name_free() {
    let scene = Scene::start().await;
    for (status, expected) in [
        (400, (400, Some(12001))),
        (422, (400, Some(12001))),
        (401, (502, Some(13001))),
        (404, (502, Some(13001))),
        (429, (502, Some(13001))),
    ] {
        scene
            .service
            .react("/pay", Reaction::Answer(status, json!({})));
        assert_eq!(scene.live.pay("ORD-1").await.error(), expected, "{status}");
    }
    let mut corrected = pay_body("ORD-1");
    corrected["amount"] = json!(99);
    let answer = scene.live.post("/pay", &corrected).await;
    answer.expect_success();
    assert_eq!(scene.service.charged()[0].amount, 99);
    assert_eq!(scene.live.pay("ORD-1").await.error(), (409, Some(12001)));
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_says_nothing_of_the_first_one() {
    let scene = Scene::start().await;
    scene.service.react("/pay", Reaction::Drop);
    assert_eq!(scene.live.pay("ORD-1").await.error(), (502, Some(13001)));
    scene
        .service
        .react("/pay", Reaction::Answer(400, json!({})));
    assert_eq!(scene.live.pay("ORD-1").await.error(), (502, Some(13001)));
    let mut other = pay_body("ORD-1");
    other["amount"] = json!(1);
    let answer = scene.live.post("/pay", &other).await;
    assert_eq!(
        answer.error(),
        (409, Some(12001)),
        "it may have been charged"
    );
    scene.live.pay("ORD-1").await.expect_success();
    assert_eq!(scene.service.charged().len(), 1);
}

#[tokio::test]
async fn a_pending_payment_is_looked_at_until_it_has_ended() {
    let scene = Scene::start().await;
    scene.service.react("/pay", Reaction::Result("PENDING"));
    let payment_id = scene.live.paid("ORD-1").await;
    scene.app.settle().await;
    for seconds in [61, 301, 901] {
        scene
            .later(Environment::Live, std::time::Duration::from_secs(seconds))
            .await;
    }
    let looks = scene.service.asked_for("/status").len();
    assert!(looks >= 2, "{looks}");
    assert!(scene.told().is_empty(), "no news");
    scene.service.set_status(&payment_id, "ACCEPTED");
    scene
        .later(Environment::Live, std::time::Duration::from_secs(2 * 3600))
        .await;
    assert_eq!(scene.live.pay("ORD-1").await.json()["result"], "OK");
    assert_eq!(scene.told()[0]["status"], "ACCEPTED");
    let looks = scene.service.asked_for("/status").len();
    scene
        .later(
            Environment::Live,
            std::time::Duration::from_secs(2 * 86_400),
        )
        .await;
    assert_eq!(
        scene.service.asked_for("/status").len(),
        looks,
        "it has ended"
    );
}
