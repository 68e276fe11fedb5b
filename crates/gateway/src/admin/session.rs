//! Who is asking: the window in process, or a page that signed in by a one-time link.

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Session {
    pub kind: SessionKind,
}

#[derive(Clone, Copy, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    Browser,
    Window,
}
