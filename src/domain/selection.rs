//! Focus and selection: which images an action is about.

use std::collections::BTreeSet;

use super::catalog::Row;

/// The focused image, the selected set, and the anchor of range selections.
///
/// Rows, not positions: the selection survives sorting, filtering and rescans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    focus: Option<Row>,
    anchor: Option<Row>,
    rows: BTreeSet<Row>,
}

impl Selection {
    /// The image with the keyboard focus.
    pub fn focus(&self) -> Option<Row> {
        self.focus
    }

    /// The selected rows, ascending.
    pub fn rows(&self) -> &BTreeSet<Row> {
        &self.rows
    }

    /// Whether the row is selected.
    pub fn contains(&self, row: Row) -> bool {
        self.rows.contains(&row)
    }

    /// What an action applies to: the selection, else the focused image.
    pub fn targets(&self) -> Vec<Row> {
        if self.rows.is_empty() {
            self.focus.into_iter().collect()
        } else {
            self.rows.iter().copied().collect()
        }
    }

    /// A plain click or arrow: focus it and select it alone.
    pub fn select_only(&mut self, row: Row) {
        self.focus = Some(row);
        self.anchor = Some(row);
        self.rows = BTreeSet::from([row]);
    }

    /// Moves the focus and the anchor; the selected set stays.
    pub fn focus_on(&mut self, row: Row) {
        self.focus = Some(row);
        self.anchor = Some(row);
    }

    /// Ctrl+click or Space: toggle one and focus it.
    pub fn toggle(&mut self, row: Row) {
        if !self.rows.remove(&row) {
            self.rows.insert(row);
        }
        self.focus_on(row);
    }

    /// Shift+click or Shift+arrow: select from the anchor to `row` in the order of `view`.
    ///
    /// Without an anchor in the view, selects `row` alone.
    pub fn extend_to(&mut self, row: Row, view: &[Row]) {
        let at = |wanted: Row| view.iter().position(|&r| r == wanted);
        match (self.anchor.and_then(at), at(row)) {
            (Some(a), Some(b)) => {
                self.rows = view[a.min(b)..=a.max(b)].iter().copied().collect();
                self.focus = Some(row);
            }
            _ => self.select_only(row),
        }
    }

    /// Ctrl+A: everything in the view.
    pub fn select_all(&mut self, view: &[Row]) {
        self.rows = view.iter().copied().collect();
    }

    /// Ctrl+I: within the view, what was not selected; what is hidden leaves the selection.
    pub fn invert(&mut self, view: &[Row]) {
        self.rows = view
            .iter()
            .copied()
            .filter(|row| !self.rows.contains(row))
            .collect();
    }

    /// Ctrl+D: nothing selected; the focus stays.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Drops rows that no longer exist.
    pub fn retain(&mut self, exists: impl Fn(Row) -> bool) {
        self.rows.retain(|&row| exists(row));
        self.focus = self.focus.filter(|&row| exists(row));
        self.anchor = self.anchor.filter(|&row| exists(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: [Row; 5] = [Row(9), Row(4), Row(7), Row(1), Row(3)];

    #[test]
    fn ranges_follow_the_order_of_the_view() {
        let mut selection = Selection::default();
        selection.select_only(Row(4));
        selection.extend_to(Row(1), &VIEW);
        assert_eq!(selection.targets(), [Row(1), Row(4), Row(7)]);
        selection.extend_to(Row(9), &VIEW);
        assert_eq!(selection.targets(), [Row(4), Row(9)], "the anchor stays");
    }

    #[test]
    fn actions_fall_back_to_the_focus() {
        let mut selection = Selection::default();
        selection.toggle(Row(7));
        selection.toggle(Row(7));
        assert!(selection.rows().is_empty());
        assert_eq!(selection.targets(), [Row(7)]);
    }

    #[test]
    fn inverting_twice_is_identity_within_the_view() {
        let mut selection = Selection::default();
        selection.toggle(Row(4));
        let before = selection.rows().clone();
        selection.invert(&VIEW);
        assert_eq!(selection.rows().len(), 4);
        selection.invert(&VIEW);
        assert_eq!(*selection.rows(), before);
    }
}
