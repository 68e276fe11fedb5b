//! Links and sessions by themselves; the routes are in `routes_tests.rs`.

use super::*;

fn token_of(link: &str) -> &str {
    link.split_once('=').unwrap().1
}

#[test]
fn a_link_signs_in_once() {
    let sessions = Sessions::default();
    let link = sessions.new_link().unwrap();
    assert_eq!(token_of(&link).len(), 43);
    let session = sessions.redeem(token_of(&link)).unwrap().unwrap();
    assert!(sessions.knows(&session));
    assert_eq!(sessions.redeem(token_of(&link)).unwrap(), None);
    assert!(!sessions.knows(token_of(&link)));
    assert!(!sessions.knows(""));
}

#[tokio::test(start_paused = true)]
async fn a_link_is_good_for_ten_minutes() {
    let sessions = Sessions::default();
    let (early, late) = (sessions.new_link().unwrap(), sessions.new_link().unwrap());
    tokio::time::advance(LINK_LIFE - Duration::from_secs(1)).await;
    assert!(sessions.redeem(token_of(&early)).unwrap().is_some());
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(sessions.redeem(token_of(&late)).unwrap(), None);
}

#[test]
fn the_oldest_links_and_sessions_give_way() {
    let sessions = Sessions::default();
    let mut opened = Vec::new();
    for _ in 0..=MAX_SESSIONS {
        let link = sessions.new_link().unwrap();
        opened.push(sessions.redeem(token_of(&link)).unwrap().unwrap());
    }
    let known = opened
        .iter()
        .filter(|session| sessions.knows(session))
        .count();
    assert_eq!(known, MAX_SESSIONS);
    assert!(!sessions.knows(&opened[0]));

    let links: Vec<String> = (0..=MAX_LINKS)
        .map(|_| sessions.new_link().unwrap())
        .collect();
    assert_eq!(sessions.redeem(token_of(&links[0])).unwrap(), None);
    assert!(
        sessions
            .redeem(token_of(&links[MAX_LINKS]))
            .unwrap()
            .is_some()
    );
}

#[test]
fn each_port_has_its_own_cookie() {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:7229"));
    let cookies = "theme=dark; patchbay_session_7230=other;patchbay_session_7229=ours; x";
    headers.insert(header::COOKIE, HeaderValue::from_static(cookies));
    assert_eq!(session_of(&headers), Some("ours"));
    headers.insert(header::HOST, HeaderValue::from_static("[::1]:7230"));
    assert_eq!(session_of(&headers), Some("other"));
    headers.insert(header::HOST, HeaderValue::from_static("localhost"));
    assert_eq!(session_of(&headers), None);
}
