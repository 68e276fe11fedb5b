//! The page that the run writes.

use std::{fmt::Write as _, fs, path::PathBuf};

use super::{
    Column,
    ends::{Client, Upstream},
    features::Feature,
    judge::Verdict,
    pair::Pictures,
};

const HEAD: &str = "# What works between which client and which provider

Every client protocol is tried at every provider protocol, through the running gateway, against providers in process
that refuse what the real ones refuse. A cell tells what was seen, not what was intended: what the client asked is
compared with what the provider heard, and what the model said with what the client was told. What a model can do
decides what has to be emulated, so the models are of known families: {families}.

| word | means |
|---|---|
| pass | all of it arrived, in both directions |
| loss | it works; what could not be expressed was reported in the log and in `x-patchbay-loss`, and is told in the note |
| refused | a 4xx in the client's own shape, with the sentence in the note |
| n/a | the client's protocol has no words for it, or the echo no such failure |

What every request of a pair loses is told in its row `text` only. The page is written by the test
`what_works_is_what_the_table_says`; `npm run golden` accepts a new one.
";

pub(super) fn page(features: &[Feature], columns: &[Column], pictures: &Pictures) -> String {
    let mut notes = Notes {
        pictures,
        sentences: Vec::new(),
    };
    let families = Upstream::ALL.into_iter().filter_map(Upstream::family);
    let families: Vec<String> = families.map(|family| format!("`{family}`")).collect();
    let mut page = HEAD.replace("{families}", &families.join(", "));
    for client in Client::ALL {
        let columns: Vec<&Column> = columns
            .iter()
            .filter(|column| column.client == client)
            .collect();
        let names = Upstream::ALL.map(Upstream::name).join(" | ");
        write!(
            page,
            "\n## Clients of {}\n\n| at | {names} |\n|---|",
            client.name()
        )
        .unwrap();
        page += &"---|".repeat(columns.len());
        for (at, feature) in features.iter().enumerate() {
            let cells: Vec<String> = columns
                .iter()
                .map(|column| notes.cell(&column.verdicts[at]))
                .collect();
            write!(page, "\n| {} | {} |", feature.name, cells.join(" | ")).unwrap();
        }
        page.push('\n');
    }
    page += "\n## Notes\n";
    for (at, sentence) in notes.sentences.iter().enumerate() {
        write!(page, "\n[^{}]: {sentence}\n", at + 1).unwrap();
    }
    page
}

/// Each sentence once, in the order of the cells.
struct Notes<'a> {
    pictures: &'a Pictures,
    sentences: Vec<String>,
}

impl Notes<'_> {
    fn cell(&mut self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Failed(_) => "failed".to_owned(),
            Verdict::Loss(losses) => {
                let marks: Vec<String> = losses.iter().map(|loss| self.mark(loss)).collect();
                format!("loss {}", marks.join(" "))
            }
            Verdict::NotApplicable => "n/a".to_owned(),
            Verdict::Pass => "pass".to_owned(),
            Verdict::Refused(status, message) => {
                format!("refused {}", self.mark(&format!("{status}: {message}")))
            }
        }
    }

    fn mark(&mut self, sentence: &str) -> String {
        let sentence = self.pictures.unplaced(sentence);
        let known = self.sentences.iter().position(|known| *known == sentence);
        let at = known.unwrap_or_else(|| {
            self.sentences.push(sentence);
            self.sentences.len() - 1
        });
        format!("[^{}]", at + 1)
    }
}

/// Compares with the page that is kept, or writes it where new golden files are accepted.
pub(super) fn check(page: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, page).unwrap();
    }
    let kept = fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let mut lines = page.lines().zip(kept.lines());
    let differs = lines.find(|(new, kept)| new != kept);
    assert!(
        page == kept,
        "docs/compatibility.md is not what happens: {differs:#?}. Run `npm run golden` and read the difference."
    );
}
