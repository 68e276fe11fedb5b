//! One server, seen from its side of the connections.

use http_body_util::BodyExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;

/// Longer than any test.
const PATIENCE: Duration = Duration::from_secs(60);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn server() -> (TcpListener, Arc<Pool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = format!("http://{address}/").parse().unwrap();
    (listener, Pool::new(server, Duration::from_secs(5)))
}

fn request(body: &'static str) -> Request<Pieces> {
    let body = Pieces::new(vec![Bytes::from(body)]);
    let request = Request::post("/path").header("host", "server");
    request.body(body).unwrap()
}

/// A whole answer as text.
async fn asked(pool: &Arc<Pool>, body: &'static str) -> String {
    let answer = pool.send(request(body), PATIENCE).await.unwrap();
    let body = answer.into_body().collect().await.unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

/// Reads a request up to the end of its body, which is known.
async fn hear(stream: &mut TcpStream, end: &str) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(end.as_bytes()) {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn one_connection_carries_one_request_after_another() {
    let (listener, pool) = server().await;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for body in ["first", "second"] {
            let head = hear(&mut stream, body).await;
            assert!(head.starts_with("POST /path HTTP/1.1\r\n"), "{head}");
            stream.write_all(ANSWER).await.unwrap();
        }
    });
    assert_eq!(asked(&pool, "first").await, "ok");
    assert_eq!(asked(&pool, "second").await, "ok");
    serving.await.unwrap();
}

#[tokio::test]
async fn each_request_has_its_own_patience_also_over_a_connection_that_carried_others() {
    let (listener, pool) = server().await;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for body in ["first", "second"] {
            hear(&mut stream, body).await;
            stream.write_all(ANSWER).await.unwrap();
        }
        hear(&mut stream, "third").await;
        // Whoever waits no longer hangs up.
        assert_eq!(stream.read(&mut [0; 9]).await.unwrap(), 0);
        let (mut stream, _) = listener.accept().await.unwrap();
        hear(&mut stream, "fourth").await;
        assert_eq!(stream.read(&mut [0; 9]).await.unwrap(), 0);
    });
    let short = Duration::from_millis(500);
    let answer = pool.send(request("first"), short).await.unwrap();
    answer.into_body().collect().await.unwrap();
    // The time of the first request is over, the second one's begins.
    time::sleep(short).await;
    assert_eq!(asked(&pool, "second").await, "ok");
    // On a connection that is there, then on a new one.
    for silent in ["third", "fourth"] {
        let Err(error) = pool.send(request(silent), short).await else {
            panic!("nobody answers")
        };
        assert!(error.is::<NoAnswer>(), "{error}");
    }
    serving.await.unwrap();
}

#[tokio::test]
async fn a_connection_that_died_meanwhile_is_replaced_unseen() {
    let (listener, pool) = server().await;
    let serving = tokio::spawn(async move {
        for body in ["first", "second", "third"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            hear(&mut stream, body).await;
            stream.write_all(ANSWER).await.unwrap();
        }
    });
    for body in ["first", "second", "third"] {
        assert_eq!(asked(&pool, body).await, "ok");
    }
    serving.await.unwrap();
}

#[tokio::test]
async fn an_answer_that_nobody_reads_ends_its_connection() {
    let (listener, pool) = server().await;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        hear(&mut stream, "first").await;
        let begun = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n";
        stream.write_all(begun).await.unwrap();
        stream.read(&mut [0; 1]).await.unwrap_or(0)
    });
    let mut answer = pool.send(request("first"), PATIENCE).await.unwrap();
    let frame = answer.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "ok");
    drop(answer);
    assert_eq!(serving.await.unwrap(), 0, "the server sees the end");
    assert!(pool.take().is_none());
}

#[tokio::test]
async fn an_answer_before_the_end_of_its_request_is_heard() {
    static LONG: &str = concat!("[", include_str!("pool_tests.rs"), "]");
    let (listener, pool) = server().await;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let refusal = b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno";
        stream.write_all(refusal).await.unwrap();
        stream
    });
    // More than any buffer of a connection holds.
    let body = Pieces::new(vec![Bytes::from_static(LONG.as_bytes()); 4096]);
    let refused = Request::post("/").header("host", "server").body(body);
    let answer = pool.send(refused.unwrap(), PATIENCE).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "no");
    drop(serving.await.unwrap());
    let mut connection = pool.take().unwrap();
    assert!(!connection.is_ready(), "half a request is still on it");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_needs_is_closed_after_a_while() {
    let (listener, pool) = server().await;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        hear(&mut stream, "first").await;
        stream.write_all(ANSWER).await.unwrap();
        stream.read(&mut [0; 1]).await.unwrap()
    });
    assert_eq!(asked(&pool, "first").await, "ok");
    assert_eq!(serving.await.unwrap(), 0);
    assert!(pool.take().is_none());
}
