//! The folder tree, built once per change of the library.
//!
//! Must not know: files on disk; it sees only the catalog's folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use egui::{Button, CollapsingHeader, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo};

use crate::base::format::thousands;
use crate::domain::catalog::{Catalog, Status};
use crate::gui::ctx::Ctx;
use crate::gui::filter::FilterState;
use crate::gui::scales::Seen;
use crate::gui::{text_panels as text, theme};

/// Height from which the tree scrolls, points.
const TREE_HEIGHT: f32 = 220.0;
/// Indent of a level, points.
const INDENT: f32 = 14.0;
/// Most children shown of one folder; the filter's text box finds the others.
const MOST_CHILDREN: usize = 500;

/// One folder of the tree.
#[derive(Debug, PartialEq)]
struct Node {
    name: String,
    path: PathBuf,
    /// Images directly in it.
    direct: usize,
    /// Positions of the folders in it, in natural order.
    children: Vec<usize>,
}

/// A line on screen.
#[derive(Debug, Clone, Copy)]
enum Line {
    Folder { node: usize, depth: usize },
    More { left_out: usize, depth: usize },
}

/// The arrays that the tree was built from.
#[derive(Debug)]
struct Built {
    folders: Seen<Vec<std::sync::Arc<Path>>>,
    folder: Seen<Vec<u32>>,
    status: Seen<Vec<Status>>,
}

/// The folder part of the filter panel.
#[derive(Debug, Default)]
pub(super) struct Folders {
    built: Option<Built>,
    nodes: Vec<Node>,
    roots: Vec<usize>,
    folded: BTreeSet<PathBuf>,
    unfolded: BTreeSet<PathBuf>,
    lines: Vec<Line>,
}

impl Folders {
    /// Draws the tree; a click keeps only what is below a folder.
    pub(super) fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, state: &mut FilterState) {
        if self.refresh(ctx.catalog) {
            self.flatten();
        }
        if self.nodes.len() < 2 && state.folder.is_none() {
            return;
        }
        CollapsingHeader::new(RichText::new(text::FOLDERS).strong())
            .id_salt("folders")
            .default_open(true)
            .show_unindented(ui, |ui| self.tree(ui, state));
    }

    fn tree(&mut self, ui: &mut Ui, state: &mut FilterState) {
        let everything = state.folder.is_none();
        if ui.add(row_button(everything, text::ALL_FOLDERS)).clicked() {
            state.folder = None;
        }
        let mut turned = None;
        let height = ui.spacing().interact_size.y;
        ScrollArea::vertical()
            .id_salt("tree")
            .max_height(TREE_HEIGHT)
            .show_rows(ui, height, self.lines.len(), |ui, range| {
                for line in self.lines.get(range).unwrap_or_default() {
                    turned = self.line(ui, *line, state).or(turned);
                }
            });
        if let Some(node) = turned {
            self.turn(node);
        }
    }

    /// One line; the node whose arrow was clicked.
    fn line(&self, ui: &mut Ui, line: Line, state: &mut FilterState) -> Option<usize> {
        let (at, depth) = match line {
            Line::Folder { node, depth } => (node, depth),
            Line::More { left_out, depth } => {
                ui.horizontal(|ui| {
                    ui.add_space(INDENT * depth as f32);
                    ui.weak(text::more_folders(left_out));
                });
                return None;
            }
        };
        let node = self.nodes.get(at)?;
        let mut turned = None;
        let row = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.add_space(INDENT * depth as f32);
            if node.children.is_empty() {
                ui.add_space(20.0);
            } else if arrow(ui, &node.name, self.is_open(node, depth)) {
                turned = Some(at);
            }
            let on = state.folder.as_ref() == Some(&node.path);
            let count = thousands(node.direct as u64);
            let text = if node.direct > 0 {
                count
            } else {
                String::new()
            };
            let button = row_button(on, &node.name)
                .truncate()
                .right_text(RichText::new(text).size(theme::SMALL).weak());
            let response = ui
                .add(button)
                .on_hover_text(node.path.display().to_string())
                .accessible_name(&node.name);
            if response.clicked() {
                state.folder = if on { None } else { Some(node.path.clone()) };
            }
        });
        ui.advance_cursor_after_rect(row.response.rect);
        turned
    }

    /// Roots are open at first, other folders closed.
    fn is_open(&self, node: &Node, depth: usize) -> bool {
        if depth == 0 {
            !self.folded.contains(&node.path)
        } else {
            self.unfolded.contains(&node.path)
        }
    }

    fn turn(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let turned = if self.roots.contains(&at) {
            &mut self.folded
        } else {
            &mut self.unfolded
        };
        if !turned.remove(&node.path) {
            turned.insert(node.path.clone());
        }
        self.flatten();
    }

    /// Builds the tree anew if files came, went or moved; true when it did.
    fn refresh(&mut self, catalog: &Catalog) -> bool {
        let fresh = self.built.as_ref().is_some_and(|built| {
            built.folders.is(&catalog.folders)
                && built.folder.is(&catalog.folder)
                && built.status.is(&catalog.status)
        });
        if fresh {
            return false;
        }
        self.built = Some(Built {
            folders: Seen::new(&catalog.folders),
            folder: Seen::new(&catalog.folder),
            status: Seen::new(&catalog.status),
        });
        (self.nodes, self.roots) = build(catalog);
        true
    }

    /// Lists the lines of the open folders.
    fn flatten(&mut self) {
        let mut lines = Vec::new();
        let mut stack: Vec<Line> = Vec::new();
        stack.extend(
            self.roots
                .iter()
                .rev()
                .map(|&node| Line::Folder { node, depth: 0 }),
        );
        while let Some(line) = stack.pop() {
            lines.push(line);
            let Line::Folder { node, depth } = line else {
                continue;
            };
            let Some(node) = self
                .nodes
                .get(node)
                .filter(|node| self.is_open(node, depth))
            else {
                continue;
            };
            let depth = depth + 1;
            let left_out = node.children.len().saturating_sub(MOST_CHILDREN);
            if left_out > 0 {
                stack.push(Line::More { left_out, depth });
            }
            let shown = node.children.iter().take(MOST_CHILDREN).rev();
            stack.extend(shown.map(|&node| Line::Folder { node, depth }));
        }
        self.lines = lines;
    }
}

fn row_button(on: bool, name: &str) -> Button<'static> {
    Button::selectable(on, name.to_owned())
}

fn arrow(ui: &mut Ui, name: &str, open: bool) -> bool {
    let (_, response) = ui.allocate_exact_size(egui::Vec2::splat(18.0), Sense::click());
    let name = text::unfold(name, open);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, enabled, &name));
    let openness = if open { 1.0 } else { 0.0 };
    let icon = response.clone().with_new_rect(response.rect.shrink(4.0));
    egui::collapsing_header::paint_default_icon(ui, openness, &icon);
    response.clicked()
}

/// The folders that hold images, and those between them and the opened roots.
fn build(catalog: &Catalog) -> (Vec<Node>, Vec<usize>) {
    let mut direct = vec![0_usize; catalog.folders.len()];
    for row in catalog.rows() {
        let folder = catalog.folder.get(row.idx());
        if let Some(count) = folder.and_then(|&i| direct.get_mut(i as usize)) {
            *count += 1;
        }
    }
    let mut tree = Tree::default();
    for root in catalog.roots.iter() {
        if root_of(catalog, root) == Some(root) && !tree.known.contains_key(root) {
            let name = root.file_name().unwrap_or(root.as_os_str());
            let at = tree.node(root, &name.to_string_lossy());
            tree.roots.push(at);
        }
    }
    for (folder, count) in catalog.folders.iter().zip(direct) {
        if count > 0 {
            tree.add(folder, root_of(catalog, folder), count);
        }
    }
    tree.finish()
}

/// The outermost opened root that a folder lies in.
fn root_of<'a>(catalog: &'a Catalog, folder: &Path) -> Option<&'a PathBuf> {
    let roots = catalog.roots.iter().filter(|root| folder.starts_with(root));
    roots.min_by_key(|root| root.as_os_str().len())
}

#[derive(Debug, Default)]
struct Tree {
    nodes: Vec<Node>,
    roots: Vec<usize>,
    known: BTreeMap<PathBuf, usize>,
}

impl Tree {
    fn node(&mut self, path: &Path, name: &str) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node {
            name: name.to_owned(),
            path: path.to_path_buf(),
            direct: 0,
            children: Vec::new(),
        });
        self.known.insert(path.to_path_buf(), at);
        at
    }

    /// Adds a folder with its ancestors up to the root.
    fn add(&mut self, folder: &Path, root: Option<&PathBuf>, count: usize) {
        let mut missing = Vec::new();
        let mut parent = None;
        for path in folder.ancestors() {
            if let Some(&at) = self.known.get(path) {
                parent = Some(at);
                break;
            }
            missing.push(path);
            if root.is_none() {
                break;
            }
        }
        for path in missing.into_iter().rev() {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let at = self.node(path, &name.to_string_lossy());
            match parent.and_then(|at| self.nodes.get_mut(at)) {
                Some(parent) => parent.children.push(at),
                None => self.roots.push(at),
            }
            parent = Some(at);
        }
        if let Some(node) = parent.and_then(|at| self.nodes.get_mut(at)) {
            node.direct += count;
        }
    }

    fn finish(mut self) -> (Vec<Node>, Vec<usize>) {
        let names: Vec<String> = self.nodes.iter().map(|n| n.name.clone()).collect();
        let name = |at: &usize| names.get(*at).map_or("", String::as_str);
        for node in &mut self.nodes {
            node.children
                .sort_by(|a, b| natord::compare_ignore_case(name(a), name(b)));
        }
        (self.nodes, self.roots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::NewRow;
    use crate::domain::image::FileId;
    use std::sync::Arc;

    fn catalog(folders: &[&str]) -> Catalog {
        let mut catalog = Catalog::new([]);
        catalog.roots = Arc::new(vec![PathBuf::from("/set")]);
        for (i, folder) in folders.iter().enumerate() {
            let folder = catalog.folder_index(Path::new(folder));
            catalog.push(&NewRow {
                file: FileId(i as i64),
                folder,
                name: b"x.png",
                size: 1,
                mtime_ns: 0,
                content: None,
            });
        }
        catalog
    }

    #[test]
    fn folders_between_root_and_images_are_there_in_natural_order() {
        let catalog = catalog(&["/set/a/img10", "/set/a/img2", "/set/a/img2", "/set/猫"]);
        let (nodes, roots) = build(&catalog);
        assert_eq!(roots, [0]);
        let names = |at: usize| -> Vec<&str> {
            let children = nodes[at].children.iter();
            children.map(|&c| nodes[c].name.as_str()).collect()
        };
        assert_eq!(names(0), ["a", "猫"]);
        let a = nodes[0].children[0];
        assert_eq!(names(a), ["img2", "img10"]);
        assert_eq!(nodes[nodes[a].children[0]].direct, 2);
        assert_eq!(nodes[a].direct, 0);
    }

    #[test]
    fn the_tree_is_built_again_only_when_files_change() {
        let mut folders = Folders::default();
        let mut catalog = catalog(&["/set/a"]);
        assert!(folders.refresh(&catalog));
        Arc::make_mut(&mut catalog.stars)[0] = 3;
        assert!(!folders.refresh(&catalog.clone()));
        let folder = catalog.folder_index(Path::new("/set/b"));
        catalog.relocate(crate::domain::catalog::Row(0), folder, b"x.png");
        assert!(folders.refresh(&catalog));
    }
}
