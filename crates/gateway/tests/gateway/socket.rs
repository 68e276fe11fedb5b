//! A client's end of a real socket.

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
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Socket(pub(crate) WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one, or returns the answer that refused it.
    pub(crate) async fn try_open(
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

    pub(crate) async fn open(rig: &Rig, path: &str) -> Self {
        let opened = Self::try_open(rig, path, &[]).await;
        opened.unwrap().0
    }

    pub(crate) async fn say(&mut self, event: Value) {
        let text = event.to_string();
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.unwrap().map(Result::unwrap)
    }

    pub(crate) async fn hear(&mut self) -> Value {
        loop {
            match self.next().await.unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// All events up to the first of a type.
    pub(crate) async fn hear_until(&mut self, kind: &str) -> Vec<Value> {
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
    pub(crate) async fn farewell(&mut self) -> Option<CloseFrame> {
        loop {
            if let Message::Close(frame) = self.next().await? {
                return frame;
            }
        }
    }

    pub(crate) async fn close(mut self) {
        self.0.close(None).await.unwrap();
        while let Some(Ok(_)) = self.0.next().await {}
    }
}
