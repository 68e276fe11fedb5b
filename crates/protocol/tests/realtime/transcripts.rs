//! `fixtures/openai_realtime/sessions/*.script`: what a client (`C`) and a model (`M`) say. Beside it stands, per
//! dialect, what the server says (`S`) and asks the model (`R`).

use std::{fmt::Write as _, fs};

use protocol::realtime::{Action, Dialect};

use crate::script::Stage;

#[test]
fn sessions() {
    insta::glob!(
        "../../fixtures",
        "openai_realtime/sessions/*.script",
        |path| {
            let script = fs::read_to_string(path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            for dialect in Dialect::ALL {
                let page = transcript(dialect, &script);
                let mut settings = insta::Settings::clone_current();
                settings.set_snapshot_path(path.parent().unwrap());
                settings.set_prepend_module_to_snapshot(false);
                settings.remove_snapshot_suffix();
                settings.set_omit_expression(true);
                settings
                    .bind(|| insta::assert_snapshot!(format!("{name}.{}", dialect.word()), page));
            }
        }
    );
}

fn transcript(dialect: Dialect, script: &str) -> String {
    let mut stage = Stage::new(dialect, Some("m"));
    let mut page = String::new();
    show(&stage.open(), &mut page);
    for line in script.lines().filter(|line| !line.is_empty()) {
        let (who, what) = line.split_once(' ').unwrap();
        let actions = match who {
            "C" => stage.client(what),
            "M" => stage.model(what),
            "#" => continue,
            other => panic!("nobody is called `{other}`"),
        };
        writeln!(page, "{line}").unwrap();
        show(&actions, &mut page);
    }
    for loss in stage.losses.iter() {
        writeln!(page, "L {} {}: {}", loss.kind.word(), loss.field, loss.why).unwrap();
    }
    page
}

fn show(actions: &[Action], page: &mut String) {
    for action in actions {
        match action {
            Action::Cancel => writeln!(page, "X").unwrap(),
            Action::Run(turn) => {
                writeln!(page, "R {}", String::from_utf8_lossy(&turn.body)).unwrap();
            }
            Action::Send(text) => writeln!(page, "S {text}").unwrap(),
        }
    }
}
