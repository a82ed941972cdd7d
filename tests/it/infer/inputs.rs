//! Pictures and tensors for the networks.

use std::path::Path;

use bandpass::engine::infer::Tensor;

/// Values in 0..1 by a fixed rule.
pub(super) fn noise(shape: &[usize]) -> Tensor {
    let mut state = 12345_u32;
    let data = (0..shape.iter().product::<usize>()).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    });
    Tensor::f32(shape, data.collect())
}

/// A smooth picture in 0..1, which networks for photographs react to more than to noise.
pub(super) fn smooth(shape: &[usize]) -> Tensor {
    let (height, width) = (shape[shape.len() - 2], shape[shape.len() - 1]);
    let count: usize = shape.iter().product();
    let value = |i: usize| {
        let (x, y) = ((i % width) as f32, (i / width % height) as f32);
        let channel = (i / (width * height)) as f32;
        0.5 + 0.3 * (x / 17.0 + channel).sin() + 0.2 * (y / 11.0 - channel).cos()
    };
    Tensor::f32(shape, (0..count).map(value).collect())
}

/// RGB of a picture, resized as Pillow's `BILINEAR` does to within a level, rows of `size` pixels.
pub(super) fn square(path: &Path, size: usize) -> Vec<f64> {
    let picture = image::open(path).unwrap().to_rgb8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels: Vec<f64> = picture.as_raw().iter().map(|&v| f64::from(v)).collect();
    let wide = along(&pixels, (height, width, 3), size);
    let turned = transposed(&wide, (height, size, 3));
    let both = along(&turned, (size, height, 3), size);
    transposed(&both, (size, size, 3))
}

/// Resizes each row of a (rows, columns, channels) picture to `to` columns by a triangle filter.
fn along(pixels: &[f64], (rows, columns, channels): (usize, usize, usize), to: usize) -> Vec<f64> {
    let scale = columns as f64 / to as f64;
    let reach = scale.max(1.0);
    let mut out = Vec::with_capacity(rows * to * channels);
    for row in pixels.chunks(columns * channels) {
        for x in 0..to {
            let centre = (x as f64 + 0.5) * scale;
            let from = (centre - reach + 0.5).max(0.0) as usize;
            let until = ((centre + reach + 0.5) as usize).min(columns);
            let weight = |i: usize| (1.0 - ((i as f64 + 0.5 - centre) / reach).abs()).max(0.0);
            let total: f64 = (from..until).map(weight).sum();
            for c in 0..channels {
                let sum: f64 = (from..until)
                    .map(|i| weight(i) * row[i * channels + c])
                    .sum();
                out.push((sum / total).round());
            }
        }
    }
    out
}

fn transposed(pixels: &[f64], (rows, columns, channels): (usize, usize, usize)) -> Vec<f64> {
    let mut out = Vec::with_capacity(pixels.len());
    for x in 0..columns {
        for y in 0..rows {
            let at = (y * columns + x) * channels;
            out.extend_from_slice(&pixels[at..at + channels]);
        }
    }
    out
}
