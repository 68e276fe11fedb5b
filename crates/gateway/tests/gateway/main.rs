//! The gateway between real sockets: clients of all protocols, and providers that are as strict as the
//! real ones.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on ends"
)]

mod access;
mod amazon_q;
mod anthropic_pauses;
mod ask;
mod attempts;
mod compactions;
mod compatibility;
mod completions;
mod counting;
mod demands;
mod disowned_state;
mod drawings;
mod early_heads;
mod echo;
mod edited;
mod embeddings;
mod end_marks;
mod failover;
mod fake;
mod gemini;
mod incapable;
mod kept_items;
mod kept_replies;
mod kept_state;
mod listening;
mod loops;
mod losses;
mod matrix;
mod model_pages;
mod model_server;
mod older_forms;
mod owned_replies;
mod packed;
mod passed_failures;
mod question;
mod quiet_beginnings;
mod realtime;
mod refusals;
mod repeated_ids;
mod repeated_keys;
mod rewordings;
mod rig;
mod scripted;
mod several;
mod shown_headers;
mod socket;
mod socket_replies;
mod spare_fields;
mod spare_room;
mod switched;
mod texts_refused;
mod told;
mod unreadable;
mod windows;
