//! Replies as no provider sends them but every encoder must stand them.

use proptest::{collection::vec, option, prelude::*, sample::select};
use protocol::{
    Protocol,
    canonical::{
        Answer, Base64, Choice, Citation, Delta, Event, Events, Finish, FinishReason, Logprob,
        Logprobs, Loss, LossKind, Media, MediaSource, Note, Notes, Opaque, OpaqueKind, Page, Part,
        PartKind, Response, Search, Usage,
    },
};

/// Text with everything that JSON and SSE treat specially.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z ]{1,8}",
        1 => "[\\PC\r\n\t\"\\\\{}:\u{feff}\u{2028}]{1,6}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_-]{0,12}"
}

fn arguments() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            r#"{}"#,
            r#"{"a": 1.0, "b": 12345678901234567890}"#,
            r#"{"text":"\u00e9 \ud83d\ude00 é"}"#,
        ])
        .prop_map(str::to_owned),
        text().prop_map(|text| serde_json::json!({ "value": text }).to_string()),
    ]
}

fn usage() -> impl Strategy<Value = Usage> {
    (1..1000_u64, 0..1000_u64, 0..1000_u64, 0..1000_u64).prop_map(
        |(input, cache_read, output, reasoning)| Usage {
            input: Some(input),
            cache_read: Some(cache_read),
            cache_write: Some(0),
            output: Some(output + reasoning),
            reasoning: Some(reasoning),
            estimated: false,
        },
    )
}

pub(crate) fn reasons() -> impl Strategy<Value = FinishReason> {
    select(vec![
        FinishReason::ContentFilter,
        FinishReason::ContextFull,
        FinishReason::Length,
        FinishReason::Other,
        FinishReason::Pause,
        FinishReason::Stop,
        FinishReason::ToolCalls,
    ])
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        text().prop_map(Part::Text),
        text().prop_map(Part::Refusal),
        (text(), option::of(opaque())).prop_map(reasoning),
        (name(), name(), arguments()).prop_map(|(id, name, arguments)| Part::ToolCall {
            id,
            name,
            arguments,
        }),
        image().prop_map(Part::Image),
    ]
}

/// As models draw them.
fn image() -> impl Strategy<Value = Media> {
    select(vec![
        ("image/png", "iVBORw0KGgo="),
        ("image/webp", "AA+/"),
        ("image/jpeg", "/9j/"),
    ])
    .prop_map(|(media_type, data)| Media {
        source: MediaSource::Base64(Base64::from(data)),
        media_type: Some(media_type.to_owned()),
        name: None,
        detail: None,
    })
}

/// Reasoning that is handed out encrypted has no readable text.
fn reasoning((text, opaque): (String, Option<Opaque>)) -> Part {
    match opaque {
        Some(Opaque {
            kind: OpaqueKind::Content,
            ..
        }) => Part::Reasoning {
            text: String::new(),
            opaque,
        },
        opaque => Part::Reasoning { text, opaque },
    }
}

fn opaque() -> impl Strategy<Value = Opaque> {
    (
        select(Protocol::ALL.to_vec()),
        select(vec![OpaqueKind::Content, OpaqueKind::Signature]),
        "[A-Za-z0-9+/]{4,12}",
    )
        .prop_map(|(owner, kind, value)| Opaque {
            owner,
            kind,
            value,
            id: None,
        })
}

fn token() -> impl Strategy<Value = Logprob> {
    let likely = |bytes: bool, (token, logprob): (String, f64)| Logprob {
        bytes: bytes.then(|| token.clone().into_bytes()),
        token,
        logprob,
        top: Vec::new(),
    };
    let one = || (text(), select(vec![-0.0625, -1.5, -9999.0]));
    (any::<bool>(), one(), vec(one(), 0..3)).prop_map(move |(bytes, token, top)| Logprob {
        top: top.into_iter().map(|other| likely(bytes, other)).collect(),
        ..likely(bytes, token)
    })
}

fn citation() -> impl Strategy<Value = Citation> {
    (0..20_u64, 0..20_u64, option::of(name())).prop_map(|(start, length, title)| Citation {
        url: "https://a.example/?q=\u{e9}".to_owned(),
        title,
        start: Some(start),
        end: Some(start + length),
    })
}

fn search() -> impl Strategy<Value = Search> {
    (name(), vec((name(), option::of(name())), 0..3)).prop_map(|(query, pages)| Search {
        queries: vec![query],
        pages: pages
            .into_iter()
            .map(|(path, title)| Page {
                url: format!("https://a.example/{path}"),
                title,
            })
            .collect(),
    })
}

fn notes() -> impl Strategy<Value = Notes> {
    (
        vec(search(), 0..3),
        vec(citation(), 0..3),
        vec(token(), 0..4),
        vec(token(), 0..2),
    )
        .prop_map(|(searches, mut citations, text, refusal)| {
            citations.sort_by_key(|citation| citation.start);
            let searches = searches.into_iter().map(|search| (0, search));
            Notes {
                citations,
                logprobs: Logprobs { refusal, text },
                searches: searches.collect(),
            }
        })
}

/// An answer whose finish agrees with its parts, its calls told apart by their ids.
fn answer() -> impl Strategy<Value = Answer> {
    (vec(part(), 0..5), notes(), reasons()).prop_map(|(mut parts, notes, reason)| {
        let mut calls = 0;
        for part in &mut parts {
            if let Part::ToolCall { id, .. } = part {
                id.push_str(&format!("_{calls}"));
                calls += 1;
            }
        }
        let refused = parts.iter().any(|part| matches!(part, Part::Refusal(_)));
        let reason = match reason {
            FinishReason::ToolCalls | FinishReason::Stop if calls > 0 => FinishReason::ToolCalls,
            FinishReason::ToolCalls | FinishReason::Stop if refused => FinishReason::ContentFilter,
            FinishReason::ToolCalls => FinishReason::Stop,
            reason => reason,
        };
        Answer {
            parts,
            notes,
            finish: Finish::new(reason, None),
        }
    })
}

pub(crate) fn response() -> impl Strategy<Value = Response> {
    let loss = || Loss {
        field: "field".to_owned(),
        kind: LossKind::Dropped,
        why: "has no place".to_owned(),
    };
    (
        vec(answer(), 1..3),
        option::of(usage()),
        proptest::bool::ANY,
    )
        .prop_map(move |(answers, usage, lossy)| Response {
            id: "reply-1".to_owned(),
            model: "provider-model".to_owned(),
            answers,
            usage,
            losses: lossy.then(loss).into_iter().collect(),
        })
}

/// A reply's events in any pieces and any order (tool calls interleaved with each other and with one part of
/// another kind), with the reply they fold to.
pub(crate) fn events() -> impl Strategy<Value = (Response, Events)> {
    (response(), vec(any::<u8>(), 64)).prop_map(|(mut response, picks)| {
        let events = played(&response, &picks);
        place_searches(&mut response, &events);
        (response, events)
    })
}

/// Each search behind the parts that began before it; behind none, where all of them came at the end.
fn place_searches(response: &mut Response, events: &Events) {
    for (choice, answer) in (0..).zip(&mut response.answers) {
        let mut begun = 0;
        let mut searches = answer.notes.searches.iter_mut();
        for (_, event) in events.iter().filter(|(of, _)| *of == choice) {
            match event {
                Event::PartStart { .. } => begun += 1,
                Event::Note(note) if matches!(**note, Note::Search(_)) => {
                    if let Some((before, _)) = searches.next() {
                        *before = begun;
                    }
                }
                _ => {}
            }
        }
        let searches = &mut answer.notes.searches;
        if searches
            .iter()
            .all(|(before, _)| *before == answer.parts.len())
        {
            for (before, _) in searches {
                *before = 0;
            }
        }
    }
}

/// The same, one choice and one part at a time.
pub(crate) fn orderly_events() -> impl Strategy<Value = (Response, Events)> {
    response().prop_map(|mut response| {
        response.answers.truncate(1);
        let events = played(&response, &[0]);
        (response, events)
    })
}

/// Plays the answers as several musicians do: `picks` says whose turn it is, and whether a part is cut.
fn played(response: &Response, picks: &[u8]) -> Events {
    let mut picks = picks.iter().cycle().copied();
    let mut pick = |count: usize| usize::from(picks.next().unwrap_or(0)) % count.max(1);
    let mut players: Vec<Player> = (0..)
        .zip(&response.answers)
        .map(|(choice, answer)| Player::new(choice, answer, response))
        .collect();
    let mut events = Events::new();
    while !players.is_empty() {
        let turn = pick(players.len());
        if players[turn].play(&mut pick, &mut events) {
            players.remove(turn);
        }
    }
    events
}

struct Player {
    choice: Choice,
    preface: Vec<Event>,
    waiting: std::vec::IntoIter<Part>,
    started: usize,
    open: Vec<Open>,
    /// The last one first.
    notes: Vec<Event>,
    coda: Vec<Event>,
}

struct Open {
    index: usize,
    is_tool_call: bool,
    /// What is left of it, the next one last.
    deltas: Vec<Delta>,
}

impl Player {
    fn new(choice: Choice, answer: &Answer, response: &Response) -> Self {
        let mut preface = vec![Event::Start {
            id: response.id.clone(),
            model: response.model.clone(),
        }];
        let mut coda = Vec::new();
        if choice == 0 {
            preface.extend(response.losses.iter().cloned().map(Event::Loss));
            coda.extend(response.usage.map(Event::Usage));
        }
        coda.push(Event::Finish(answer.finish.clone()));
        Self {
            choice,
            preface,
            waiting: answer.parts.clone().into_iter(),
            started: 0,
            open: Vec::new(),
            notes: noted(&answer.notes),
            coda,
        }
    }

    /// One turn; true after the last.
    fn play(&mut self, pick: &mut impl FnMut(usize) -> usize, events: &mut Events) -> bool {
        let mut push = |event| events.push((self.choice, event));
        if !self.preface.is_empty() {
            self.preface.drain(..).for_each(&mut push);
            return false;
        }
        if pick(3) == 1
            && let Some(note) = self.notes.pop()
        {
            push(note);
            return false;
        }
        let next = self.waiting.as_slice().first();
        let may_start = next.is_some_and(|next| {
            let is_tool_call = matches!(next, Part::ToolCall { .. });
            let fits = is_tool_call || self.open.iter().all(|open| open.is_tool_call);
            self.open.is_empty() || (fits && self.open.len() < 3 && pick(4) == 1)
        });
        if may_start && let Some(part) = self.waiting.next() {
            let index = self.started;
            self.started += 1;
            let (part, deltas) = pieces(part, pick);
            self.open.push(Open {
                index,
                is_tool_call: matches!(part, PartKind::ToolCall { .. }),
                deltas,
            });
            push(Event::PartStart { index, part });
        } else if self.open.is_empty() {
            self.notes.drain(..).rev().for_each(&mut push);
            self.coda.drain(..).for_each(&mut push);
            return true;
        } else {
            let at = pick(self.open.len());
            let Open { index, deltas, .. } = &mut self.open[at];
            let index = *index;
            match deltas.pop() {
                Some(delta) => push(Event::PartDelta { index, delta }),
                None => {
                    self.open.remove(at);
                    push(Event::PartEnd { index });
                }
            }
            if pick(9) == 8 {
                push(Event::Ping);
            }
        }
        false
    }
}

/// Each token on its own, the last one first.
fn noted(notes: &Notes) -> Vec<Event> {
    let told = |note| Event::Note(Box::new(note));
    let text = notes.logprobs.text.iter().map(|token| Logprobs {
        text: vec![token.clone()],
        ..Logprobs::default()
    });
    let refusal = notes.logprobs.refusal.iter().map(|token| Logprobs {
        refusal: vec![token.clone()],
        ..Logprobs::default()
    });
    let likely = text.chain(refusal).map(Note::Logprobs);
    let cited = notes.citations.iter().cloned().map(Note::Citation);
    let searched = notes.searches.iter();
    let searched = searched.map(|(_, search)| Note::Search(search.clone()));
    let mut events: Vec<Event> = searched.chain(likely).chain(cited).map(told).collect();
    events.reverse();
    events
}

fn pieces(part: Part, pick: &mut impl FnMut(usize) -> usize) -> (PartKind, Vec<Delta>) {
    if let Part::Image(image) = part {
        return (PartKind::Image(Box::new(image)), Vec::new());
    }
    let (kind, whole, delta, opaque): (_, _, fn(String) -> Delta, _) = match part {
        Part::Refusal(text) => (PartKind::Refusal, text, Delta::Text, None),
        Part::Text(text) => (PartKind::Text, text, Delta::Text, None),
        Part::Reasoning { text, opaque } => (PartKind::Reasoning, text, Delta::Text, opaque),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => (
            PartKind::ToolCall { id, name },
            arguments,
            Delta::Arguments,
            None,
        ),
        Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => unreachable!(),
    };
    let mut rest = whole.as_str();
    let mut deltas = Vec::new();
    while !rest.is_empty() {
        let wish = 1 + pick(5);
        let cut = rest
            .char_indices()
            .nth(wish)
            .map_or(rest.len(), |(at, _)| at);
        deltas.push(delta(rest[..cut].to_owned()));
        rest = &rest[cut..];
    }
    deltas.extend(opaque.map(Delta::Opaque));
    deltas.reverse();
    (kind, deltas)
}
