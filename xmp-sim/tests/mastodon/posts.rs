use std::time::Duration;

use serde_json::json;
use xmp_sim::{InstanceLimits, Sim};

use crate::support::{form, send};
use crate::{User, builder, id, refusal, refused, start};

#[tokio::test]
async fn a_status_is_published_and_reads_back_as_html() {
    let (sim, ada) = start().await;
    let status = ada
        .post(&json!({ "status": "hi @bob\n\nsee https://example.com #News", "language": "de" }))
        .await
        .json();
    let content = status["content"].as_str().unwrap();
    assert!(content.starts_with("<p>hi <span class=\"h-card\""), "{content}");
    assert!(content.contains("</p><p>see <a href=\"https://example.com\""), "{content}");
    assert_eq!(
        (status["mentions"][0]["acct"].as_str(), status["tags"][0]["name"].as_str()),
        (Some("bob"), Some("news"))
    );
    assert_eq!((status["visibility"].as_str(), status["language"].as_str()), (Some("public"), Some("de")));
    assert_eq!(status["application"]["name"], "app");
    let id = status["id"].as_str().unwrap();
    assert_eq!(status["url"], format!("{}/@ada/{id}", sim.url()));
    let source = ada.get(&format!("/api/v1/statuses/{id}/source")).await.json();
    assert_eq!(source["text"], "hi @bob\n\nsee https://example.com #News");
    let entry = sim.ledger().remove(0);
    assert_eq!(
        (entry.platform.as_str(), entry.account.as_str(), entry.remote_id.as_str()),
        ("mastodon", "ada", id)
    );
    assert_eq!(entry.text, "hi @bob\n\nsee https://example.com #News");
    assert_eq!((entry.client_id.as_deref(), &entry.account_id), (Some("app"), &ada.id));
    assert_eq!(entry.details.unwrap()["visibility"], "public");
}

#[tokio::test]
async fn a_key_makes_one_status_for_an_hour() {
    let (sim, ada) = start().await;
    let first = ada.post_keyed("k", "a").await;
    let again = ada.post_keyed("k", "b").await;
    assert_eq!((id(&first), again.status), (id(&again), 200));
    assert!(again.json()["content"].as_str().unwrap().contains('a'), "whatever else is asked");
    let bob = User::connect(&sim, "bob");
    assert_ne!(id(&bob.post_keyed("k", "a").await), id(&first), "a key is its account's");
    sim.clock().advance(Duration::from_secs(3600));
    assert_ne!(id(&ada.post_keyed("k", "a").await), id(&first));
    assert_eq!(sim.ledger().len(), 3);
    assert_eq!(sim.ledger()[0].details.as_ref().unwrap()["idempotency_key"], "k");
}

#[tokio::test]
async fn the_key_of_a_deleted_status_makes_no_other() {
    let (sim, ada) = start().await;
    let made = id(&ada.post_keyed("k", "a").await);
    sim.delete_elsewhere(&made).unwrap();
    assert_eq!(refusal(&ada.post_keyed("k", "a").await), refused(404, "Record not found"));
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn texts_have_their_length() {
    let limits = InstanceLimits { max_characters: 30, ..InstanceLimits::default() };
    let sim: Sim = builder().instance(limits).start().await.unwrap();
    let ada = User::connect(&sim, "ada");
    ada.publish("👨‍👩‍👧‍👦 234 https://example.com/with/a/very/long/path").await;
    let refusal_of = async |body| refusal(&ada.post(&body).await);
    let long = refused(422, "Validation failed: Text character limit of 30 exceeded");
    assert_eq!(refusal_of(json!({ "status": "a".repeat(31) })).await, long);
    assert_eq!(refusal_of(json!({ "status": "a".repeat(20), "spoiler_text": "b".repeat(11) })).await, long);
    let blank = refused(422, "Validation failed: Text can't be blank");
    assert_eq!(refusal_of(json!({ "status": " " })).await, blank);
    let instance = send("GET", &format!("{}/api/v2/instance", sim.url()), &[], b"").await.unwrap().json();
    assert_eq!(instance["configuration"]["statuses"]["max_characters"], 30);
    assert_eq!(sim.ledger().len(), 1);
}

#[tokio::test]
async fn forms_nest_as_rails_has_it() {
    let (sim, ada) = start().await;
    let fields = [
        ("status", "which?"),
        ("poll[options][]", "this"),
        ("poll[options][]", "that"),
        ("poll[expires_in]", "3600"),
        ("sensitive", "true"),
    ];
    let bearer = format!("Bearer {}", ada.token);
    let url = format!("{}/api/v1/statuses", sim.url());
    let status = form(&url, Some(&bearer), &fields).await.unwrap().json();
    assert_eq!(status["poll"]["options"][1]["title"], "that");
    assert_eq!(status["sensitive"], true);
    assert_eq!(sim.ledger()[0].details.as_ref().unwrap()["poll"]["options"], json!(["this", "that"]));
    let one = ada.post(&json!({ "status": "?", "poll": { "options": ["a"], "expires_in": 3600 } })).await;
    assert_eq!(refusal(&one), refused(422, "Validation failed: Options must have more than one item"));
}

#[tokio::test]
async fn replies_need_what_they_answer() {
    let (sim, ada) = start().await;
    let first = ada.publish("root").await;
    let reply = ada.post(&json!({ "status": "reply", "in_reply_to_id": first })).await.json();
    assert_eq!(
        (reply["in_reply_to_id"].as_str(), reply["in_reply_to_account_id"].as_str()),
        (Some(&*first), Some(&*ada.id))
    );
    assert_eq!(sim.ledger()[1].reply_to.as_ref(), Some(&first));
    let gone = ada.post(&json!({ "status": "reply", "in_reply_to_id": "1" })).await;
    assert_eq!(refusal(&gone), refused(404, "The post you are trying to reply to does not appear to exist."));
}

#[tokio::test]
async fn warnings_and_visibilities_are_kept() {
    let (sim, ada) = start().await;
    let body = json!({ "status": "secret", "spoiler_text": "careful", "visibility": "private" });
    let status = ada.post(&body).await.json();
    assert_eq!(
        (status["spoiler_text"].as_str(), status["sensitive"].as_bool()),
        (Some("careful"), Some(true))
    );
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    let bob = User::connect(&sim, "bob");
    assert_eq!(refusal(&bob.get(&path).await), refused(404, "Record not found"));
    assert_eq!(ada.get(&path).await.status, 200);
    let wrong = ada.post(&json!({ "status": "a", "visibility": "secret" })).await;
    assert_eq!(wrong.status, 422);
    let scheduled = ada.post(&json!({ "status": "a", "scheduled_at": "2030-01-01T00:00:00Z" })).await;
    assert_eq!(scheduled.status, 422, "not simulated");
    assert_eq!(sim.ledger()[0].details.as_ref().unwrap()["visibility"], "private");
}

#[tokio::test]
async fn a_deleted_status_gives_back_its_text_and_is_gone() {
    let (sim, ada) = start().await;
    let id = ada.publish("a & b").await;
    let path = format!("/api/v1/statuses/{id}");
    let bob = User::connect(&sim, "bob");
    assert_eq!(refusal(&bob.delete(&path).await), refused(404, "Record not found"));
    assert_eq!(ada.delete(&path).await.json()["text"], "a & b");
    assert_eq!(refusal(&ada.delete(&path).await), refused(404, "Record not found"));
    assert_eq!(ada.get(&path).await.status, 404);
    assert!(sim.ledger()[0].deleted);
}

#[tokio::test]
async fn statuses_are_looked_up_by_id() {
    let (sim, ada) = start().await;
    let (a, b) = (ada.publish("a").await, ada.publish("b").await);
    let found = ada.get(&format!("/api/v1/statuses?id[]={a}&id[]=1&id[]={b}")).await.json();
    assert_eq!(found.as_array().unwrap().len(), 2, "what is not there is left out");
    sim.edit_elsewhere(&a, "c").unwrap();
    let edited = ada.get(&format!("/api/v1/statuses/{a}")).await.json();
    assert_eq!(edited["content"], "<p>c</p>");
    assert!(edited["edited_at"].is_string());
    assert_eq!(sim.ledger()[0].edits[0].text, "c");
}
