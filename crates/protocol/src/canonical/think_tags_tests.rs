//! Tags in text that comes in any fragments.

use super::*;

fn sorted(mut tags: ThinkTags, fragments: &[&str]) -> (String, String) {
    let (mut reasoning, mut text) = (String::new(), String::new());
    let mut sort = |piece: Tagged<'_>| match piece {
        Tagged::Reasoning(more) => reasoning.push_str(more),
        Tagged::Text(more) => text.push_str(more),
    };
    for fragment in fragments {
        tags.push(fragment, &mut sort);
    }
    tags.finish(sort);
    (reasoning, text)
}

fn split(fragments: &[&str]) -> (String, String) {
    sorted(ThinkTags::default(), fragments)
}

/// Whole, cut in two at each place, and letter by letter.
fn in_any_fragments(tags: fn() -> ThinkTags, whole: &str, reasoning: &str, text: &str) {
    let expected = (reasoning.to_owned(), text.to_owned());
    for (at, _) in whole.char_indices() {
        let (head, tail) = whole.split_at(at);
        assert_eq!(
            sorted(tags(), &[head, tail]),
            expected,
            "{whole}: cut at {at}"
        );
    }
    let single: Vec<String> = whole.chars().map(String::from).collect();
    let single: Vec<&str> = single.iter().map(String::as_str).collect();
    assert_eq!(sorted(tags(), &single), expected, "{whole}: by letters");
}

#[test]
fn edge_085_think_tags_in_any_fragments() {
    let whole = "\n<think>\nIs 1 < 2?\n</thin gs></think>\n\nYes: `<think>`.";
    let expected = (
        "Is 1 < 2?\n</thin gs>".to_owned(),
        "Yes: `<think>`.".to_owned(),
    );
    assert_eq!(split(&[whole]), expected);
    for at in 1..whole.len() {
        let (head, tail) = whole.split_at(at);
        assert_eq!(split(&[head, tail]), expected, "split at {at}");
    }
    let single: Vec<String> = whole.chars().map(String::from).collect();
    let single: Vec<&str> = single.iter().map(String::as_str).collect();
    assert_eq!(split(&single), expected);
}

#[test]
fn edge_086_the_longer_tag_closes_by_itself_only() {
    let whole = "<thinking>a</think>b</thinking>\nc `</thinking>`";
    let expected = ("a</think>b".to_owned(), "c `</thinking>`".to_owned());
    for at in 0..whole.len() {
        let (head, tail) = whole.split_at(at);
        assert_eq!(split(&[head, tail]), expected, "split at {at}");
    }
}

#[test]
fn edge_086_other_text_stays() {
    for text in ["", " ", "<thi", "<b>think</b>", "a <think>b</think>"] {
        assert_eq!(split(&[text]), (String::new(), text.to_owned()));
    }
    assert_eq!(
        split(&["<think>cut </th"]),
        ("cut </th".to_owned(), String::new())
    );
}

#[test]
fn edge_086_a_quoted_tag_does_not_close() {
    for thought in [
        "the `</think>` tag",
        "the \"</think>\" tag",
        "the '</think>' tag",
        "the “</think>” tag",
        "``</think>`` twice: `</think>`",
        "like `<think>a</think>` or `x </think> y`",
        "so:\n```xml\n<think>\n</think>\n```\ndone",
        "`a` and \"b\"",
        "it`s odd\nbut over",
        "Run\n```ls -la```\nDone.",
        "Run\n  ```ls `x` -la```\n``a`b``",
        "so:\n````md\n```\n</think>\n```\n</think>\n````\ndone",
        "``a`</think>`b``",
        "你`</think>`好",
    ] {
        let whole = format!("<think>{thought}</think>\n\nYes `</think>` 🎉");
        in_any_fragments(ThinkTags::default, &whole, thought, "Yes `</think>` 🎉");
    }
    // Quotes of the thought and of the answer do not make one.
    in_any_fragments(ThinkTags::default, "<think>`a`</think>`b`", "`a`", "`b`");
    in_any_fragments(
        ThinkTags::default,
        "<think>say `a</think>\nb",
        "say `a",
        "b",
    );
    in_any_fragments(ThinkTags::default, "<think>\"a\"</think>b", "\"a\"", "b");
    in_any_fragments(ThinkTags::default, "<think>say \"</think>", "say \"", "");
    in_any_fragments(
        ThinkTags::default,
        "<think>a\n```</think>\nb",
        "a\n```",
        "b",
    );
    let fence = "\n```\na\n```</think>b";
    in_any_fragments(
        ThinkTags::default,
        &format!("<think>:{fence}"),
        ":\n```\na\n```",
        "b",
    );
}

#[test]
fn edge_086_what_follows_a_quoted_tag_is_the_answer_if_no_other_comes() {
    in_any_fragments(
        ThinkTags::default,
        "<think>a `b</think> c\n`</think>` d",
        "a `b</think> c\n`</think>` d",
        " c\n`</think>` d",
    );
    in_any_fragments(
        ThinkTags::default,
        "<think>a\n```\nb</think>\nc",
        "a\n```\nb</think>\nc",
        "\nc",
    );
}

#[test]
fn edge_086_a_call_does_not_end_a_thought() {
    let (mut reasoning, mut text) = (String::new(), String::new());
    let mut sort = |piece: Tagged<'_>| match piece {
        Tagged::Reasoning(more) => reasoning.push_str(more),
        Tagged::Text(more) => text.push_str(more),
    };
    let mut tags = ThinkTags::default();
    tags.finish(&mut sort);
    tags.push("<think>a </th", &mut sort);
    tags.finish(&mut sort);
    tags.push("b</think>c", &mut sort);
    tags.finish(&mut sort);
    tags.push("<think>", &mut sort);
    assert_eq!((&*reasoning, &*text), ("a </thb", "c<think>"));
}

#[test]
fn edge_086_a_later_block_begins_its_line() {
    let tags = ThinkTags::interleaved;
    in_any_fragments(
        tags,
        "<thinking>a</thinking>\n\nb\n<thinking>\nc `</thinking>`</thinking>\nd",
        "ac `</thinking>`",
        "b\nd",
    );
    in_any_fragments(tags, "b\n\n<thinking>c</thinking>d", "c", "b\n\nd");
    in_any_fragments(
        tags,
        "<thinking>a</thinking><thinking>b</thinking>",
        "ab",
        "",
    );
    in_any_fragments(
        tags,
        "Run\n```ls```\n<thinking>c</thinking>d",
        "c",
        "Run\n```ls```\nd",
    );
    for text in [
        "b <thinking>c</thinking>",
        "b\n`<thinking>`c</thinking>",
        "b\n```\n<thinking>\nc</thinking>\n```\n",
        "b\n```` md\n```\n<thinking>\nc</thinking>\n```\n````\n",
        "b\n<thinkin g> <thi",
        "b\n<thinkin",
        "b\n<think>c</think>",
    ] {
        in_any_fragments(tags, text, "", text);
    }
    let whole = "<thinking>a</thinking>b\n<thinking>c</thinking>";
    in_any_fragments(ThinkTags::default, whole, "a", "b\n<thinking>c</thinking>");
}

#[test]
fn edge_086_only_what_may_be_a_tag_is_held_back() {
    let mut tags = ThinkTags::interleaved();
    for (fragment, expected) in [
        ("<thinking>a `", "a `"),
        ("b</thinking", "b"),
        (">", ""),
        (" c`", "</thinking> c`"),
        ("d</thinking>", "d"),
        ("e <thi", "e <thi"),
        ("\n<thi", "\n"),
        ("s", "<this"),
    ] {
        let mut seen = String::new();
        tags.push(fragment, |piece| {
            let (Tagged::Reasoning(more) | Tagged::Text(more)) = piece;
            seen.push_str(more);
        });
        assert_eq!(seen, expected, "after {fragment}");
    }
}
