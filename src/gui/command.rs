//! The command table: one entry feeds menus, shortcuts, palette, help and tooltips.
//!
//! Must not know: how a command is carried out.

use egui::{Event, Key, Modifiers};

/// A step of the focus through the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the image before.
    Left,
    /// To the image after.
    Right,
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// To the first image.
    Home,
    /// To the last image.
    End,
}

/// Everything a user can do by a key, a menu or the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UiCommand {
    /// Asks for a folder.
    Open,
    /// Looks at the folders again.
    Rescan,
    /// Computes missing scores.
    Score,
    /// Asks what to score, and on what.
    ScoreWith,
    /// Tries again what failed.
    RetryFailed,
    /// Writes a list.
    Export,
    /// Takes columns from a table.
    Import,
    /// Makes a column of others.
    Composite,
    /// Ends the program.
    Quit,
    /// Takes back the newest operation.
    Undo,
    /// Shows what was done.
    History,
    /// Everything in the view.
    SelectAll,
    /// Nothing.
    SelectNone,
    /// What is not selected.
    Invert,
    /// The focused image in or out of the selection.
    Toggle,
    /// Move the focus.
    Go(Step),
    /// Extend the selection.
    Extend(Step),
    /// Keep.
    Pick,
    /// Drop.
    Reject,
    /// Undecided.
    Unflag,
    /// 0–5 stars; the same again clears.
    Stars(u8),
    /// Edit tags.
    Tags,
    /// Move files.
    Move,
    /// Copy files.
    Copy,
    /// Files to the trash.
    Trash,
    /// One image large.
    Loupe,
    /// Many images.
    Grid,
    /// Fit or 1:1.
    Zoom,
    /// Fit into the window.
    ZoomFit,
    /// One image pixel per screen pixel.
    ZoomFull,
    /// The next map or skeleton over the image.
    Overlay,
    /// Larger thumbnails.
    Larger,
    /// Smaller thumbnails.
    Smaller,
    /// Into the filter's text box.
    Filter,
    /// Only what failed.
    ShowFailed,
    /// Left panel.
    LeftPanel,
    /// Right panel.
    RightPanel,
    /// Go on to the next image after a mark.
    AutoAdvance,
    /// Scorers with weights.
    Models,
    /// What networks run on.
    Devices,
    /// Dark or light.
    Theme,
    /// Find a command.
    Palette,
    /// Every key.
    Help,
}

/// Where a command stands in menus and help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Folders, scores, lists.
    File,
    /// Undo and selection.
    Edit,
    /// Flags, stars, tags.
    Mark,
    /// What is on screen.
    View,
    /// Moving the focus; not in menus.
    Navigate,
    /// Help.
    Help,
}

impl Group {
    /// In the order of the menu bar.
    pub const ALL: [Self; 6] = [
        Self::File,
        Self::Edit,
        Self::Mark,
        Self::View,
        Self::Navigate,
        Self::Help,
    ];

    /// Title of the menu.
    pub fn text(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Mark => "Mark",
            Self::View => "View",
            Self::Navigate => "Navigate",
            Self::Help => "Help",
        }
    }

    /// Whether it is a menu of the menu bar.
    pub fn is_menu(self) -> bool {
        self != Self::Navigate
    }
}

/// One key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    /// Ctrl (⌘ on a Mac).
    pub ctrl: bool,
    /// Shift; not asked for with [`Key::Questionmark`], which needs it on some keyboards.
    pub shift: bool,
    /// The key.
    pub key: Key,
}

impl Chord {
    const fn key(key: Key) -> Self {
        Self {
            ctrl: false,
            shift: false,
            key,
        }
    }

    const fn ctrl(key: Key) -> Self {
        Self {
            ctrl: true,
            ..Self::key(key)
        }
    }

    const fn shift(key: Key) -> Self {
        Self {
            shift: true,
            ..Self::key(key)
        }
    }

    const fn ctrl_shift(key: Key) -> Self {
        Self {
            ctrl: true,
            ..Self::shift(key)
        }
    }

    /// `Ctrl+Shift+A`.
    pub fn text(self) -> String {
        let ctrl = if cfg!(target_os = "macos") {
            "⌘+"
        } else {
            "Ctrl+"
        };
        let ctrl = if self.ctrl { ctrl } else { "" };
        let shift = if self.shift { "Shift+" } else { "" };
        format!("{ctrl}{shift}{}", key_text(self.key))
    }

    /// Whether a text field has better use for it: letters, digits, arrows, Enter, Space, Esc, and
    /// the editing keys with Ctrl.
    pub fn is_typing(self) -> bool {
        use Key::{A, C, V, X, Y, Z};
        let function_key = self.key >= Key::F1 && self.key <= Key::F35;
        let editing = matches!(self.key, A | C | V | X | Y | Z) || self.key < Key::Copy;
        !function_key && (!self.ctrl || editing)
    }

    fn fits(self, key: Key, modifiers: Modifiers) -> bool {
        let shift = self.shift == modifiers.shift || self.key == Key::Questionmark;
        self.key == key && shift && self.ctrl == modifiers.command && !modifiers.alt
    }
}

fn key_text(key: Key) -> &'static str {
    match key {
        Key::ArrowLeft => "Left",
        Key::ArrowRight => "Right",
        Key::ArrowUp => "Up",
        Key::ArrowDown => "Down",
        Key::Delete => "Del",
        Key::Escape => "Esc",
        Key::PageUp => "PgUp",
        Key::PageDown => "PgDn",
        Key::Questionmark => "?",
        Key::Plus => "+",
        Key::Minus => "-",
        other => other.name(),
    }
}

const STEPS: [(Step, Key, &str); 8] = [
    (Step::Left, Key::ArrowLeft, "image before"),
    (Step::Right, Key::ArrowRight, "next image"),
    (Step::Up, Key::ArrowUp, "row above"),
    (Step::Down, Key::ArrowDown, "row below"),
    (Step::PageUp, Key::PageUp, "page up"),
    (Step::PageDown, Key::PageDown, "page down"),
    (Step::Home, Key::Home, "first image"),
    (Step::End, Key::End, "last image"),
];

impl Step {
    fn key(self) -> Key {
        let entry = STEPS.iter().find(|(step, ..)| *step == self);
        entry.map_or(Key::Home, |(_, key, _)| *key)
    }

    fn text(self) -> &'static str {
        let entry = STEPS.iter().find(|(step, ..)| *step == self);
        entry.map_or("", |(.., text)| text)
    }
}

/// Every command, in the order of menus and help.
pub fn all() -> impl Iterator<Item = UiCommand> {
    use UiCommand as C;
    let file = [C::Open, C::Rescan, C::Score, C::ScoreWith, C::RetryFailed];
    let lists = [C::Export, C::Import, C::Composite];
    let files = [C::Move, C::Copy, C::Trash, C::Quit];
    let edit = [C::Undo, C::History];
    let select = [C::SelectAll, C::SelectNone, C::Invert, C::Toggle];
    let mark = [C::Pick, C::Reject, C::Unflag];
    let stars = (0..=5).map(C::Stars);
    let more = [C::Tags, C::AutoAdvance];
    let view = [
        C::Loupe,
        C::Grid,
        C::Zoom,
        C::ZoomFit,
        C::ZoomFull,
        C::Overlay,
    ];
    let size = [C::Larger, C::Smaller, C::Filter, C::ShowFailed];
    let panels = [C::LeftPanel, C::RightPanel];
    let pages = [C::Models, C::Devices, C::Theme];
    let go = STEPS.into_iter().map(|(step, ..)| C::Go(step));
    let extend = STEPS.into_iter().map(|(step, ..)| C::Extend(step));
    file.into_iter()
        .chain(lists)
        .chain(files)
        .chain(edit)
        .chain(select)
        .chain(mark)
        .chain(stars)
        .chain(more)
        .chain(view)
        .chain(size)
        .chain(panels)
        .chain(pages)
        .chain(go)
        .chain(extend)
        .chain([C::Palette, C::Help])
}

impl UiCommand {
    /// What menus, palette and help call it.
    pub fn text(self) -> String {
        let fixed = match self {
            Self::Open => "Open folder…",
            Self::Rescan => "Rescan",
            Self::Score => "Score",
            Self::ScoreWith => "Score with…",
            Self::RetryFailed => "Retry failed images",
            Self::Export => "Export list…",
            Self::Import => "Import columns…",
            Self::Composite => "Composite column…",
            Self::Quit => "Quit",
            Self::Undo => "Undo",
            Self::History => "History…",
            Self::SelectAll => "Select all",
            Self::SelectNone => "Select none",
            Self::Invert => "Invert selection",
            Self::Toggle => "Select or deselect",
            Self::Go(step) => return format!("Go to {}", step.text()),
            Self::Extend(step) => return format!("Select to {}", step.text()),
            Self::Pick => "Pick",
            Self::Reject => "Reject",
            Self::Unflag => "Clear flag",
            Self::Stars(0) => "Clear stars",
            Self::Stars(n) => return super::text::stars(n),
            Self::Tags => "Tags…",
            Self::Move => "Move to…",
            Self::Copy => "Copy to…",
            Self::Trash => "Move to trash…",
            Self::Loupe => "Loupe",
            Self::Grid => "Grid",
            Self::Zoom => "Fit or 1:1",
            Self::ZoomFit => "Zoom to fit",
            Self::ZoomFull => "Zoom to 1:1",
            Self::Overlay => "Next overlay",
            Self::Larger => "Larger thumbnails",
            Self::Smaller => "Smaller thumbnails",
            Self::Filter => "Filter by text",
            Self::ShowFailed => "Show failed only",
            Self::LeftPanel => "Filter panel",
            Self::RightPanel => "Image panel",
            Self::AutoAdvance => "Auto-advance",
            Self::Models => "Models",
            Self::Devices => "Devices",
            Self::Theme => "Switch theme",
            Self::Palette => "Command palette",
            Self::Help => "Keyboard shortcuts",
        };
        fixed.to_owned()
    }

    /// What it does, in a sentence.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Open => "Choose a folder of images and show it",
            Self::Rescan => "Look for new, changed and removed files",
            Self::Score => "Compute the scores that are missing",
            Self::ScoreWith => "Choose scorers and device, then compute scores",
            Self::RetryFailed => "Try again the images that could not be read or scored",
            Self::Import => "Take scores from a table that another program wrote",
            Self::Composite => "Make a column of other columns by a formula",
            Self::Export => "Write the images of the view with their scores to a file",
            Self::Quit => "End the program; a running job keeps what it finished",
            Self::Undo => "Take back the newest operation, file moves included",
            Self::History => "Everything that was done, with a way back",
            Self::SelectAll => "Select every image of the view",
            Self::SelectNone => "Select nothing",
            Self::Invert => "Select what is not selected in the view",
            Self::Toggle => "Take the focused image into the selection or out of it",
            Self::Go(_) => "Move the focus",
            Self::Extend(_) => "Extend the selection from its first image",
            Self::Pick => "Mark as kept; again to clear",
            Self::Reject => "Mark as dropped; again to clear",
            Self::Unflag => "Mark as undecided",
            Self::Stars(_) => "Rate the selection, else the focused image; again to clear",
            Self::Tags => "Add and remove tags of the selection",
            Self::Move => "Move the selected files into a folder",
            Self::Copy => "Copy the selected files into a folder",
            Self::Trash => "Put the selected files into the trash, after a look at the plan",
            Self::Loupe => "Show the focused image large",
            Self::Grid => "Back to many images",
            Self::Zoom => "Switch between the whole image and its pixels",
            Self::ZoomFit => "Show the whole image",
            Self::ZoomFull => "Show one image pixel per screen pixel",
            Self::Overlay => "Lay what scorers found over the image: maps, depth, skeleton",
            Self::Larger => "Fewer, larger thumbnails",
            Self::Smaller => "More, smaller thumbnails",
            Self::Filter => "Type into the filter box",
            Self::ShowFailed => "Filter to the images that could not be read or scored",
            Self::LeftPanel => "Show or hide the filters",
            Self::RightPanel => "Show or hide what is known of the image",
            Self::AutoAdvance => "Go on to the next image after a flag or star key",
            Self::Models => "Show the scorers with weights; download, add and remove them",
            Self::Devices => "Show what networks run on; install ONNX Runtime, test devices",
            Self::Theme => "Switch between the dark and the light theme",
            Self::Palette => "Find any command by typing",
            Self::Help => "Show every command with its keys",
        }
    }

    /// Its keys; the first is shown in menus.
    pub fn shortcuts(self) -> Vec<Chord> {
        use Chord as K;
        match self {
            Self::Open => vec![K::ctrl(Key::O)],
            Self::Rescan => vec![K::key(Key::F5), K::ctrl(Key::R)],
            Self::Score => vec![K::key(Key::S), K::key(Key::F9)],
            Self::ScoreWith => vec![K::shift(Key::S)],
            Self::Models => vec![K::key(Key::F6)],
            Self::Export => vec![K::ctrl(Key::E)],
            Self::Import => vec![K::ctrl_shift(Key::I)],
            Self::Composite => vec![K::ctrl_shift(Key::F)],
            Self::Quit => vec![K::ctrl(Key::Q)],
            Self::Undo => vec![K::ctrl(Key::Z)],
            Self::History => vec![K::ctrl(Key::H)],
            Self::SelectAll => vec![K::ctrl(Key::A)],
            Self::SelectNone => vec![K::ctrl(Key::D), K::ctrl_shift(Key::A)],
            Self::Invert => vec![K::ctrl(Key::I)],
            Self::Toggle => vec![K::key(Key::Space)],
            Self::Go(step) => vec![K::key(step.key())],
            Self::Extend(step) => vec![K::shift(step.key())],
            Self::Pick => vec![K::key(Key::P)],
            Self::Reject => vec![K::key(Key::X)],
            Self::Unflag => vec![K::key(Key::U)],
            Self::Stars(n) => star_key(n).map(K::key).into_iter().collect(),
            Self::Tags => vec![K::key(Key::T)],
            Self::Move => vec![K::ctrl(Key::M)],
            Self::Copy => vec![K::ctrl_shift(Key::C)],
            Self::Trash => vec![K::key(Key::Delete)],
            Self::Loupe => vec![K::key(Key::Enter), K::key(Key::E)],
            Self::Grid => vec![K::key(Key::G), K::key(Key::Escape)],
            Self::Zoom => vec![K::key(Key::Z)],
            Self::ZoomFit => vec![K::ctrl(Key::Num0)],
            Self::ZoomFull => vec![K::ctrl(Key::Num1)],
            Self::Overlay => vec![K::key(Key::O)],
            Self::Larger => vec![K::key(Key::Plus), K::key(Key::Equals)],
            Self::Smaller => vec![K::key(Key::Minus)],
            Self::Filter => vec![K::key(Key::F), K::ctrl(Key::F)],
            Self::LeftPanel => vec![K::key(Key::F7)],
            Self::RightPanel => vec![K::key(Key::F8)],
            Self::Palette => vec![K::ctrl(Key::P)],
            Self::Help => vec![K::key(Key::Questionmark), K::key(Key::F1)],
            Self::RetryFailed
            | Self::ShowFailed
            | Self::AutoAdvance
            | Self::Devices
            | Self::Theme => Vec::new(),
        }
    }

    /// Where it stands.
    pub fn group(self) -> Group {
        match self {
            Self::Open
            | Self::Rescan
            | Self::Score
            | Self::ScoreWith
            | Self::RetryFailed
            | Self::Export
            | Self::Import
            | Self::Composite
            | Self::Move
            | Self::Copy
            | Self::Trash
            | Self::Quit => Group::File,
            Self::Undo
            | Self::History
            | Self::SelectAll
            | Self::SelectNone
            | Self::Invert
            | Self::Toggle => Group::Edit,
            Self::Pick
            | Self::Reject
            | Self::Unflag
            | Self::Stars(_)
            | Self::Tags
            | Self::AutoAdvance => Group::Mark,
            Self::Go(_) | Self::Extend(_) => Group::Navigate,
            Self::Palette | Self::Help => Group::Help,
            _ => Group::View,
        }
    }

    /// Whether it needs the images on screen: marks, selection, files, zoom.
    pub fn is_about_images(self) -> bool {
        let group = self.group();
        matches!(group, Group::Edit | Group::Mark | Group::Navigate)
            || matches!(self, Self::Move | Self::Copy | Self::Trash | Self::Loupe)
            || matches!(
                self,
                Self::Zoom | Self::ZoomFit | Self::ZoomFull | Self::Overlay
            )
            || matches!(self, Self::Larger | Self::Smaller)
            || matches!(self, Self::Filter | Self::ShowFailed)
    }

    /// Its first key as text; empty without one.
    pub fn key_text(self) -> String {
        let first = self.shortcuts().first().copied();
        first.map(Chord::text).unwrap_or_default()
    }
}

fn star_key(stars: u8) -> Option<Key> {
    let keys = [
        Key::Num0,
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
    ];
    keys.get(usize::from(stars)).copied()
}

/// Takes the key presses that are commands out of the input, in order.
///
/// `typing`: a text field has the focus, so letters are text. On layouts without Latin letters
/// the window library already gives the key's place instead.
pub fn take(events: &mut Vec<Event>, typing: bool) -> Vec<UiCommand> {
    take_those(events, typing, |_any| true)
}

/// [`take`] where only some commands are wanted; the other keys stay in the input.
pub fn take_those(
    events: &mut Vec<Event>,
    typing: bool,
    wanted: impl Fn(UiCommand) -> bool,
) -> Vec<UiCommand> {
    let mut found = Vec::new();
    events.retain(|event| {
        let command = of_event(event, typing).filter(|command| wanted(*command));
        let Some(command) = command else {
            return true;
        };
        found.push(command);
        false
    });
    if !found.is_empty() && !typing {
        events.retain(|event| !matches!(event, Event::Text(_)));
    }
    found
}

fn of_event(event: &Event, typing: bool) -> Option<UiCommand> {
    let Event::Key {
        key,
        pressed: true,
        modifiers,
        ..
    } = event
    else {
        return None;
    };
    find(*key, *modifiers, typing)
}

fn find(key: Key, modifiers: Modifiers, typing: bool) -> Option<UiCommand> {
    all().find(|command| {
        let mut chords = command.shortcuts().into_iter();
        chords.any(|chord| chord.fits(key, modifiers) && !(typing && chord.is_typing()))
    })
}

#[cfg(test)]
mod tests;
