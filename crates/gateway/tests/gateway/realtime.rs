//! Conversations over a real socket: bridged onto every provider, and handed through to one that has them.

mod bridged;
mod door;
mod through;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderName, HeaderValue, Response};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest as _, protocol::CloseFrame},
};

use crate::rig::Rig;

/// For an event that has to come; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client's end.
struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one, or returns the answer that refused it.
    async fn try_open(
        rig: &Rig,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(Self, Response<()>), Response<Vec<u8>>> {
        let address = rig.url.trim_start_matches("http://");
        let mut request = format!("ws://{address}{path}")
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
        let stream = TcpStream::connect(address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, answer)) => Ok((Self(socket), answer.map(|_| ()))),
            Err(Error::Http(answer)) => Err(answer.map(Option::unwrap_or_default)),
            Err(error) => panic!("{error}"),
        }
    }

    async fn open(rig: &Rig, path: &str) -> Self {
        let opened = Self::try_open(rig, path, &[]).await;
        opened.unwrap().0
    }

    /// In the vendor's words of today, greeted.
    async fn for_model(rig: &Rig, model: &str) -> Self {
        let mut socket = Self::open(rig, &format!("/v1/realtime?model={model}")).await;
        assert_eq!(socket.hear().await["type"], "session.created");
        socket
    }

    async fn say(&mut self, event: Value) {
        let text = event.to_string();
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.unwrap().map(Result::unwrap)
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.next().await.unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// All events up to the first of a type.
    async fn hear_until(&mut self, kind: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let event = self.hear().await;
            let is_last = event["type"] == kind;
            heard.push(event);
            if is_last {
                return heard;
            }
        }
    }

    /// How the other end says goodbye.
    async fn farewell(&mut self) -> Option<CloseFrame> {
        loop {
            if let Message::Close(frame) = self.next().await? {
                return frame;
            }
        }
    }

    async fn close(mut self) {
        self.0.close(None).await.unwrap();
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

fn types(events: &[Value]) -> Vec<&str> {
    let types = events.iter().map(|event| event["type"].as_str().unwrap());
    types.collect()
}

/// The fragments of all events of a type.
fn text_of(events: &[Value], kind: &str, field: &str) -> String {
    let of_kind = events.iter().filter(|event| event["type"] == kind);
    of_kind
        .map(|event| event[field].as_str().unwrap())
        .collect()
}

fn ask(text: &str) -> Value {
    serde_json::json!({"type": "conversation.item.create", "item":
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}})
}

fn answer() -> Value {
    serde_json::json!({"type": "response.create"})
}
