//! AVIF: still pictures, and the cover of sequences. Grids of tiles are not read.

use std::borrow::Cow;

use avif_parse::{AvifData, Error};
use yuv::{
    YuvGrayImage, YuvPlanarImage, YuvRange, YuvStandardMatrix, gbr_to_rgb, yuv400_to_rgb,
    yuv444_to_rgb,
};

use super::av1::{self, Fault, Layout, Planes};
use super::heif;
use super::pixels::Pixels;
use super::{DecodeError, Limits};

const NAME: &str = "AVIF";

/// Width and height as stored.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    declared(&open(bytes)?)
}

/// Colour as 8-bit RGB, and alpha where there is some. Pillow's pixels come from another
/// converter: they may differ by a few levels, most at edges of colour.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    let file = open(bytes)?;
    let size = declared(&file)?;
    limits.check(NAME, size, 7)?;
    let mut planes = frame(&file.primary_item, limits)?;
    if let Some((matrix, full_range)) = heif::properties(bytes).colour {
        (planes.matrix, planes.full_range) = (matrix, full_range);
    }
    let size = (planes.width as u32, planes.height as u32);
    let rgb = Pixels::rgb(size, to_rgb(&planes)?);
    let Some(item) = &file.alpha_item else {
        return Ok(rgb);
    };
    let alpha = frame(item, limits)?;
    if (alpha.width, alpha.height) != (planes.width, planes.height) {
        return Err(DecodeError::corrupt(NAME, "its alpha has another size"));
    }
    Ok(with_alpha(&rgb, &alpha, file.premultiplied_alpha))
}

fn open(bytes: &[u8]) -> Result<AvifData, DecodeError> {
    let bytes = as_still(bytes);
    AvifData::from_reader(&mut bytes.as_ref()).map_err(explain)
}

/// The parser wants the major brand of a still picture; other files only list it.
fn as_still(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.get(8..12) == Some(b"avif") {
        return Cow::Borrowed(bytes);
    }
    let mut copy = bytes.to_vec();
    if let Some(brand) = copy.get_mut(8..12) {
        brand.copy_from_slice(b"avif");
    }
    Cow::Owned(copy)
}

fn declared(file: &AvifData) -> Result<(u32, u32), DecodeError> {
    let header = file.primary_item_metadata().map_err(explain)?;
    Ok((header.max_frame_width.get(), header.max_frame_height.get()))
}

fn frame(item: &[u8], limits: &Limits) -> Result<Planes, DecodeError> {
    let planes = av1::decode(item, limits.max_pixels).map_err(|fault| match fault {
        Fault::NoFrame => DecodeError::truncated(NAME, "there is no whole frame"),
        Fault::Refused(code) => DecodeError::corrupt(NAME, format!("AV1 error {code}")),
    })?;
    limits.check(NAME, (planes.width as u32, planes.height as u32), 7)?;
    Ok(planes)
}

fn to_rgb(frame: &Planes) -> Result<Vec<u8>, DecodeError> {
    let (width, height) = (frame.width as u32, frame.height as u32);
    let range = if frame.full_range {
        YuvRange::Full
    } else {
        YuvRange::Limited
    };
    let matrix = matrix(frame.matrix)?;
    let mut out = vec![0; frame.width * frame.height * 3];
    let stride = width * 3;
    let result = if frame.layout == Layout::Grey {
        let grey = YuvGrayImage {
            y_plane: &frame.yuv[0],
            y_stride: width,
            width,
            height,
        };
        yuv400_to_rgb(&grey, &mut out, stride, range, matrix)
    } else {
        let [u, v] = [1, 2].map(|plane| full_size(frame, plane));
        let image = YuvPlanarImage {
            y_plane: &frame.yuv[0],
            y_stride: width,
            u_plane: &u,
            u_stride: width,
            v_plane: &v,
            v_stride: width,
            width,
            height,
        };
        if frame.matrix == 0 {
            gbr_to_rgb(&image, &mut out, stride, range)
        } else {
            yuv444_to_rgb(&image, &mut out, stride, range, matrix)
        }
    };
    result.map_err(|error| DecodeError::corrupt(NAME, error))?;
    Ok(out)
}

/// A colour plane at the picture's size. A sample weighs ¾ of the nearest and ¼ of the next one
/// in each direction, as in libyuv; the converter's own interpolation is half a sample off.
fn full_size(frame: &Planes, plane: usize) -> Cow<'_, [u8]> {
    let plane = &frame.yuv[plane];
    if frame.layout == Layout::Full {
        return Cow::Borrowed(plane);
    }
    let (width, height) = frame.layout.colour_size(frame.width, frame.height);
    let mut out = Vec::with_capacity(frame.width * frame.height);
    for y in 0..frame.height {
        let (near, far) = if frame.layout == Layout::Half {
            neighbours(y, height)
        } else {
            (y, y)
        };
        let near = &plane[near * width..][..width];
        let far = &plane[far * width..][..width];
        out.extend((0..frame.width).map(|x| {
            let (a, b) = neighbours(x, width);
            let mixed = |row: &[u8]| 3 * u16::from(row[a]) + u16::from(row[b]);
            ((3 * mixed(near) + mixed(far) + 8) >> 4) as u8
        }));
    }
    Cow::Owned(out)
}

/// The nearest sample of a halved row, and the next one on the other side of the place.
fn neighbours(at: usize, length: usize) -> (usize, usize) {
    let near = at / 2;
    let far = if at.is_multiple_of(2) {
        near.saturating_sub(1)
    } else {
        (near + 1).min(length - 1)
    };
    (near, far)
}

/// H.273 matrix coefficients; what is not said is BT.601, as in libavif.
fn matrix(code: u32) -> Result<YuvStandardMatrix, DecodeError> {
    Ok(match code {
        1 => YuvStandardMatrix::Bt709,
        4 => YuvStandardMatrix::Fcc,
        7 => YuvStandardMatrix::Smpte240,
        9 | 10 => YuvStandardMatrix::Bt2020,
        0 | 2 | 3 | 5 | 6 => YuvStandardMatrix::Bt601,
        other => {
            let why = format!("colour matrix {other}");
            return Err(DecodeError::unsupported(NAME, why));
        }
    })
}

fn with_alpha(rgb: &Pixels, alpha: &Planes, premultiplied: bool) -> Pixels {
    let opacity = |value: u8| {
        if alpha.full_range {
            return value;
        }
        let value = (i32::from(value) - 16) * 255 + 109;
        (value / 219).clamp(0, 255) as u8
    };
    let data = rgb
        .data
        .chunks_exact(3)
        .zip(&alpha.yuv[0])
        .flat_map(|(pixel, alpha)| {
            let alpha = opacity(*alpha);
            let channel = |value: u8| {
                if premultiplied && alpha > 0 {
                    (u32::from(value) * 255 / u32::from(alpha)).min(255) as u8
                } else {
                    value
                }
            };
            [
                channel(pixel[0]),
                channel(pixel[1]),
                channel(pixel[2]),
                alpha,
            ]
        })
        .collect();
    Pixels::rgba(rgb.size(), data)
}

fn explain(error: Error) -> DecodeError {
    match error {
        Error::UnexpectedEOF => DecodeError::truncated(NAME, "the data end early"),
        Error::Io(error) => DecodeError::from_io(NAME, &error),
        Error::Unsupported(why) => DecodeError::unsupported(NAME, why),
        other => DecodeError::corrupt(NAME, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_spread_evenly() {
        let frame = Planes {
            width: 4,
            height: 2,
            layout: Layout::HalfWidth,
            yuv: [vec![0; 8], vec![0, 80, 40, 40], vec![0; 4]],
            matrix: 6,
            full_range: true,
        };
        assert_eq!(*full_size(&frame, 1), [0, 20, 60, 80, 40, 40, 40, 40]);
    }

    #[test]
    fn grey_and_rgb_need_no_matrix() {
        let mut frame = Planes {
            width: 2,
            height: 1,
            layout: Layout::Grey,
            yuv: [vec![7, 200], vec![], vec![]],
            matrix: 6,
            full_range: true,
        };
        assert_eq!(to_rgb(&frame).unwrap(), [7, 7, 7, 200, 200, 200]);
        frame.layout = Layout::Full;
        frame.matrix = 0;
        frame.yuv = [vec![1, 2], vec![3, 4], vec![5, 6]];
        assert_eq!(to_rgb(&frame).unwrap(), [5, 1, 3, 6, 2, 4]);
        frame.matrix = 14;
        assert!(to_rgb(&frame).is_err());
    }

    #[test]
    fn alpha_of_a_limited_range_is_stretched() {
        let rgb = Pixels::rgb((2, 1), vec![100; 6]);
        let alpha = Planes {
            width: 2,
            height: 1,
            layout: Layout::Grey,
            yuv: [vec![16, 235], vec![], vec![]],
            matrix: 2,
            full_range: false,
        };
        let data = with_alpha(&rgb, &alpha, false).data;
        assert_eq!(data, [100, 100, 100, 0, 100, 100, 100, 255]);
    }
}
