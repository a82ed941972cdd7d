//! System fonts for names that egui's own can't show: one for Han, Kana and Hangul, one for emoji.
//!
//! Must not know: which names there are.

use std::path::PathBuf;

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{Context, FontData, FontFamily};

/// Larger fonts are left alone.
const MAX_BYTES: u64 = 40 << 20;

/// Fonts with Han, Kana and Hangul; the first that is there is taken.
const CJK: [&str; 17] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/adobe-source-han-sans/SourceHanSans.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/System/Library/Fonts/ヒラギノ角ゴシック W3.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:\\Windows\\Fonts\\YuGothM.ttc",
    "C:\\Windows\\Fonts\\meiryo.ttc",
    "C:\\Windows\\Fonts\\msyh.ttc",
    "C:\\Windows\\Fonts\\msgothic.ttc",
];

/// Fonts with emoji as outlines; coloured bitmaps can't be drawn.
const EMOJI: [&str; 6] = [
    "/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf",
    "/usr/share/fonts/truetype/noto/NotoEmoji-Regular.ttf",
    "/usr/share/fonts/google-noto-emoji/NotoEmoji-Regular.ttf",
    "/usr/share/fonts/TTF/Symbola.ttf",
    "/System/Library/Fonts/Apple Symbols.ttf",
    "C:\\Windows\\Fonts\\seguisym.ttf",
];

/// Looks for fonts on a thread and adds them as the last resort; without, such names show boxes.
pub(super) fn load_in_background(ctx: &Context) {
    let ctx = ctx.clone();
    let spawned = std::thread::Builder::new()
        .name("fonts".to_owned())
        .spawn(move || {
            let fonts = [find("cjk", &CJK), find("emoji", &EMOJI)];
            for font in fonts.into_iter().flatten() {
                ctx.add_font(font);
            }
            ctx.request_repaint();
        });
    // Without the thread there are boxes instead of letters, which is no reason to stop.
    spawned.ok();
}

fn find(name: &str, candidates: &[&str]) -> Option<FontInsert> {
    let path = candidates.iter().map(PathBuf::from).find(|path| {
        std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES)
    })?;
    let bytes = std::fs::read(path).ok()?;
    let families = [FontFamily::Proportional, FontFamily::Monospace]
        .into_iter()
        .map(|family| InsertFontFamily {
            family,
            priority: FontPriority::Lowest,
        })
        .collect();
    Some(FontInsert::new(name, FontData::from_owned(bytes), families))
}
