//! `GET /terminals`.

use tests::TestApp;
use tests::sandbox::TERMINAL;

#[tokio::test]
async fn there_are_a_few_terminals_and_one_is_offline() {
    let app = TestApp::start().await;
    let answer = app.sandbox().get("/terminals").await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    let terminals = answer["terminals"].as_array().expect("a list");
    assert_eq!(terminals.len(), 4);
    assert_eq!(terminals[0]["poiId"], TERMINAL);
    let offline = terminals.iter().filter(|one| one["online"] == false);
    assert_eq!(offline.count(), 1);
    for terminal in terminals {
        for field in ["poiId", "name", "model", "createdAt", "updatedAt"] {
            assert!(terminal[field].is_string(), "{terminal}");
        }
    }
}
