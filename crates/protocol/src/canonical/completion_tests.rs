//! How a text is gone on with at targets of every ability.

use bytes::Bytes;

use super::*;
use crate::canonical::Media;

const MARKS: &str = "<P>{prefix}<S>{suffix}<M>{}";

fn asked(prompt: &str, suffix: Option<&str>) -> Request {
    let mut request = Request {
        completion: Some(Completion {
            suffix: suffix.map(str::to_owned),
            ..Completion::default()
        }),
        ..with_prompt(&Request::default(), prompt.to_owned())
    };
    request.sampling.max_output_tokens = Some(50);
    request.sampling.stop = vec!["\n\n".to_owned()];
    request
}

fn able(completion: CompletionForm, infill: bool) -> Capabilities {
    Capabilities {
        completion,
        infill: infill.then(|| Infill {
            template: MARKS.to_owned(),
            stop: ["<P>", "\n\n", "<S>", "<M>", "<X>"]
                .map(str::to_owned)
                .to_vec(),
        }),
        ..Capabilities::default()
    }
}

/// The fitted request and the fields that were changed.
fn fitted(
    request: &Request,
    completes: Completes,
    capabilities: &Capabilities,
) -> (Request, Vec<String>) {
    let mut losses = Losses::default();
    let fitted = fit(request, completes, capabilities, &mut losses).unwrap();
    let fields = losses.iter().map(|loss| loss.field.clone()).collect();
    (fitted.into_owned(), fields)
}

#[test]
fn complaint_43_a_gap_is_filled_by_the_models_own_marks() {
    let request = asked("def f({suffix}):\n", Some("    return {prefix}\n"));
    for form in [CompletionForm::Native, CompletionForm::Raw] {
        let (filled, changed) = fitted(&request, Completes::BareText, &able(form, true));
        assert_eq!(
            filled.prompt(),
            "<P>def f({suffix}):\n<S>    return {prefix}\n<M>{}"
        );
        assert_eq!(filled.completion, Some(Completion::default()));
        // The client's own stops come first. Which of them the provider does not take is cut here.
        assert_eq!(filled.sampling.stop, ["\n\n", "<P>", "<S>", "<M>", "<X>"]);
        assert_eq!(changed, ["suffix"]);
    }
}

#[test]
fn what_the_target_can_do_itself_is_left_alone() {
    let gap = asked("a", Some("b"));
    let end = asked("a", None);
    for (request, form, infill) in [
        (&gap, CompletionForm::Native, false),
        (&end, CompletionForm::Native, true),
        (&end, CompletionForm::Raw, true),
        (&end, CompletionForm::Raw, false),
    ] {
        let (same, changed) = fitted(request, Completes::BareText, &able(form, infill));
        assert_eq!(format!("{same:?}"), format!("{request:?}"));
        assert!(changed.is_empty());
    }
}

#[test]
fn complaint_43_who_can_only_chat_is_asked_in_words() {
    let gap = asked("def f(x):\n", Some("\n    return y"));
    let ways = [
        (Completes::BareText, able(CompletionForm::Chat, true)),
        (Completes::BareText, able(CompletionForm::Raw, false)),
        (Completes::Never, able(CompletionForm::Native, true)),
    ];
    for (completes, capabilities) in ways {
        let (chat, changed) = fitted(&gap, completes, &capabilities);
        assert_eq!(chat.completion, None);
        assert_eq!(
            chat.prompt(),
            "<before>def f(x):\n</before>\n<after>\n    return y</after>"
        );
        assert_eq!(chat.instructions, [Part::Text(FILL.to_owned())]);
        assert_eq!(chat.reasoning, Reasoning::Off);
        assert_eq!(changed, ["prompt"]);
    }
    let (chat, _) = fitted(
        &asked("Once", None),
        Completes::Never,
        &Capabilities::default(),
    );
    assert_eq!(chat.prompt(), "Once");
    assert_eq!(chat.instructions, [Part::Text(GO_ON.to_owned())]);
}

#[test]
fn models_that_must_reason_reason_little_and_have_room_for_it() {
    let capabilities = Capabilities {
        thinking: ThinkingForm::Effort,
        ..able(CompletionForm::Chat, false)
    };
    let (chat, changed) = fitted(&asked("Once", None), Completes::BareText, &capabilities);
    assert_eq!(chat.reasoning, Reasoning::Effort(Effort::Low));
    assert_eq!(chat.sampling.max_output_tokens, Some(2_098));
    assert_eq!(changed, ["prompt", "max_tokens"]);
}

#[test]
fn what_no_translation_can_give_is_refused() {
    let mut scored = asked("a", None);
    scored.sampling.logprobs = Some(0);
    let fitted = |request: &Request| {
        let mut losses = Losses::default();
        fit(
            request,
            Completes::Never,
            &Capabilities::default(),
            &mut losses,
        )
        .map(Cow::into_owned)
    };
    assert_eq!(fitted(&scored).unwrap().sampling.logprobs, Some(0));
    scored.completion = Some(Completion {
        echo: true,
        ..Completion::default()
    });
    for (request, param) in [(scored, "logprobs"), (asked(" \n", None), "prompt")] {
        assert_eq!(fitted(&request).unwrap_err().param.as_deref(), Some(param));
    }
}

#[test]
fn several_texts_are_asked_for_one_by_one() {
    let mut several = asked("a", None);
    several.choices = Some(2);
    several.completion = Some(Completion {
        echo: true,
        others: vec!["b".to_owned(), "c".to_owned()],
        ..Completion::default()
    });
    assert_eq!(several.answers(), 6);
    let texts = Arc::new(several).apart();
    let prompts: Vec<&str> = texts.iter().map(|text| text.prompt()).collect();
    assert_eq!(prompts, ["a", "b", "c"]);
    for text in &texts {
        assert!(text.completion.as_ref().unwrap().echo);
        assert_eq!((text.answers(), text.apart().len()), (2, 1));
    }
}

#[test]
fn a_chat_stays_a_chat() {
    let request = with_prompt(&Request::default(), "Hello".to_owned());
    let (same, changed) = fitted(
        &request,
        Completes::BareText,
        &able(CompletionForm::Chat, true),
    );
    assert_eq!(same.prompt(), "Hello");
    assert!(same.instructions.is_empty() && changed.is_empty());
}

#[test]
fn what_stands_beside_a_text_is_kept_in_every_form() {
    let image = Media::image(&Bytes::new(), "data:image/png;base64,iVBORw0KGgo=").unwrap();
    let image = Part::Image(image);
    for completes in [Completes::Never, Completes::BareText, Completes::Everything] {
        let mut request = asked("P", Some("S"));
        request.messages[0].parts.push(image.clone());
        let (fitted, _) = fitted(&request, completes, &able(CompletionForm::Native, true));
        assert_eq!(fitted.messages[0].parts[1..], *std::slice::from_ref(&image));
    }
}

#[test]
fn a_chat_is_asked_where_only_it_carries_all() {
    let marked = able(CompletionForm::Native, true);
    let native = able(CompletionForm::Native, false);
    let chatless = Capabilities {
        chats: false,
        ..native.clone()
    };
    for (suffix, completes, capabilities, chats) in [
        (None, Completes::BareText, &native, true),
        (Some("S"), Completes::BareText, &native, true),
        (None, Completes::BareText, &marked, true),
        (Some("S"), Completes::BareText, &marked, false),
        (None, Completes::BareText, &chatless, false),
        (None, Completes::Everything, &native, false),
    ] {
        let mut told = asked("P", suffix);
        told.instructions = vec![Part::Text("Be brief.".to_owned())];
        let mut formed = asked("P", suffix);
        formed.output = OutputFormat::Json;
        for request in [told, formed] {
            let (fitted, _) = fitted(&request, completes, capabilities);
            assert_eq!(
                fitted.completion.is_none(),
                chats,
                "{suffix:?} {completes:?}"
            );
        }
    }
}
