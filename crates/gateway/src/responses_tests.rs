use super::*;

fn item(text: &str) -> Item {
    let json = serde_json::json!({"role": "user", "content": text}).to_string();
    RawValue::from_string(json).unwrap().into()
}

fn turn(previous: Option<&str>, asked: &str, id: &str) -> Turn {
    let said = serde_json::json!({"id": id, "output": [{"type": "message", "id": format!("msg_{id}_0"), "content": []}]});
    let response = Bytes::from(said.to_string());
    Turn::new(previous.map(str::to_owned), vec![item(asked)], &response).unwrap()
}

#[test]
fn a_conversation_is_all_turns_in_order() {
    let kept = Responses::default();
    kept.put("resp_1".to_owned(), turn(None, "One?", "1"));
    kept.put("resp_2".to_owned(), turn(Some("resp_1"), "Two?", "2"));
    let texts: Vec<String> = kept
        .conversation("resp_2")
        .unwrap()
        .iter()
        .map(|item| item.get().to_owned())
        .collect();
    assert!(texts[0].contains("One?") && texts[1].contains("msg_1_0"));
    assert!(texts[2].contains("Two?") && texts[3].contains("msg_2_0"));
    assert_eq!(texts.len(), 4);
    assert!(kept.item("msg_1_0").is_some());
    assert!(kept.item("msg_1_1").is_none());
    // What was asked has no name of its own: lists give it one.
    assert!(kept.item("msg_1_in0").unwrap().get().contains("One?"));
    assert!(kept.item("msg_1_in1").is_none());
    // Without its beginning it is none.
    assert!(kept.remove("resp_1") && !kept.remove("resp_1"));
    assert_eq!(kept.conversation("resp_2").unwrap_err(), "resp_1");
    assert_eq!(kept.conversation("resp_3").unwrap_err(), "resp_3");
}

#[test]
fn what_is_used_stays_and_the_rest_goes_in_time() {
    let kept = Responses::default();
    let large = "x".repeat(10 << 20);
    kept.put("resp_0".to_owned(), turn(None, "Small.", "0"));
    for at in 1..=8 {
        kept.put(format!("resp_{at}"), turn(None, &large, "n"));
        assert!(
            kept.turn("resp_0").is_some(),
            "it is asked for all the time"
        );
    }
    let left = (1..=8).filter(|at| kept.turn(&format!("resp_{at}")).is_some());
    assert_eq!(left.count(), 6, "as many as the limit holds");
    assert!(kept.turn("resp_8").is_some());
}

#[test]
fn turns_that_go_on_from_each_other_end_somewhere() {
    let kept = Responses::default();
    kept.put("resp_1".to_owned(), turn(Some("resp_1"), "One?", "1"));
    let (items, missing) = kept.since("resp_1");
    assert_eq!((items.len(), missing.as_deref()), (2, Some("resp_1")));
    kept.put("resp_2".to_owned(), turn(Some("resp_3"), "Two?", "2"));
    kept.put("resp_3".to_owned(), turn(Some("resp_2"), "Three?", "3"));
    let (items, missing) = kept.since("resp_3");
    assert_eq!((items.len(), missing.as_deref()), (4, Some("resp_3")));
}

#[test]
fn turns_of_nothing_take_room_too() {
    let kept = Responses::default();
    for at in 0..200_000 {
        let empty = Turn::without_reply(None, Vec::new(), Vec::new());
        kept.put(format!("resp_{at}"), empty);
    }
    assert!(kept.turn("resp_0").is_none());
    assert!(kept.turn("resp_199999").is_some());
    // However little an item says, and whatever a turn goes on from.
    let number: Item = RawValue::from_string("1".to_owned()).unwrap().into();
    let many = Turn::without_reply(None, vec![number; 2_000_000], Vec::new());
    kept.put("resp_many".to_owned(), many);
    assert!(kept.turn("resp_many").is_none());
    let long = Turn::without_reply(Some("x".repeat(70 << 20)), Vec::new(), Vec::new());
    kept.put("resp_199998".to_owned(), long);
    assert!(kept.turn("resp_199998").is_none(), "nor what it replaces");
    // What has no place itself takes none from others.
    assert!(kept.turn("resp_199999").is_some());
}
