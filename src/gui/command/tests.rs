use super::*;

fn press(key: Key, modifiers: Modifiers) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    }
}

#[test]
fn no_two_commands_share_a_key() {
    let chords: Vec<(UiCommand, Chord)> = all()
        .flat_map(|command| {
            command
                .shortcuts()
                .into_iter()
                .map(move |chord| (command, chord))
        })
        .collect();
    for (i, (one, chord)) in chords.iter().enumerate() {
        for (other, same) in &chords[i + 1..] {
            assert!(
                chord != same,
                "{one:?} and {other:?} share {}",
                chord.text()
            );
        }
    }
}

#[test]
fn every_command_has_words() {
    let mut texts: Vec<String> = all().map(UiCommand::text).collect();
    assert!(texts.iter().all(|text| !text.is_empty()));
    assert!(all().all(|command| !command.tooltip().is_empty()));
    texts.sort();
    let n = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), n, "texts are unique, so that tests find them");
}

#[test]
fn letters_are_text_while_typing_and_commands_otherwise() {
    let cases = [
        (Key::P, Modifiers::NONE, Some(UiCommand::Pick), None),
        (Key::Num3, Modifiers::NONE, Some(UiCommand::Stars(3)), None),
        (
            Key::ArrowLeft,
            Modifiers::NONE,
            Some(UiCommand::Go(Step::Left)),
            None,
        ),
        (
            Key::ArrowLeft,
            Modifiers::SHIFT,
            Some(UiCommand::Extend(Step::Left)),
            None,
        ),
        (Key::A, Modifiers::COMMAND, Some(UiCommand::SelectAll), None),
        (Key::Z, Modifiers::COMMAND, Some(UiCommand::Undo), None),
        (Key::Delete, Modifiers::NONE, Some(UiCommand::Trash), None),
        (
            Key::P,
            Modifiers::COMMAND,
            Some(UiCommand::Palette),
            Some(UiCommand::Palette),
        ),
        (
            Key::O,
            Modifiers::COMMAND,
            Some(UiCommand::Open),
            Some(UiCommand::Open),
        ),
        (
            Key::F5,
            Modifiers::NONE,
            Some(UiCommand::Rescan),
            Some(UiCommand::Rescan),
        ),
        (
            Key::Questionmark,
            Modifiers::SHIFT,
            Some(UiCommand::Help),
            None,
        ),
        (Key::P, Modifiers::ALT, None, None),
    ];
    for (key, modifiers, free, typing) in cases {
        let modifiers = if modifiers.command {
            Modifiers {
                ctrl: true,
                ..modifiers
            }
        } else {
            modifiers
        };
        for (is_typing, expected) in [(false, free), (true, typing)] {
            let mut events = vec![press(key, modifiers)];
            let found = take(&mut events, is_typing);
            assert_eq!(
                found.first().copied(),
                expected,
                "{key:?} {modifiers:?} {is_typing}"
            );
            assert_eq!(events.is_empty(), expected.is_some());
        }
    }
}

#[test]
fn the_letter_of_a_command_is_not_typed_as_well() {
    let mut events = vec![press(Key::F, Modifiers::NONE), Event::Text("f".to_owned())];
    assert_eq!(take(&mut events, false), [UiCommand::Filter]);
    assert!(events.is_empty());
}

#[test]
fn keys_are_written_as_people_know_them() {
    assert_eq!(
        UiCommand::Copy.key_text().replace('⌘', "Ctrl"),
        "Ctrl+Shift+C"
    );
    assert_eq!(UiCommand::Trash.key_text(), "Del");
    assert_eq!(UiCommand::Theme.key_text(), "");
}
