//! One AV1 frame from memory to planes. The decoder has a C interface only: all of the program's
//! unsafe code for AVIF is here.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use re_rav1d::include::dav1d::data::Dav1dData;
use re_rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dSettings};
use re_rav1d::include::dav1d::picture::Dav1dPicture;
use re_rav1d::src::lib as av1;

/// The planes of a frame, 8 bits a sample (deeper ones are rounded).
pub(super) struct Planes {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) layout: Layout,
    /// Y, U, V without padding; U and V are empty for [`Layout::Grey`].
    pub(super) yuv: [Vec<u8>; 3],
    /// As in H.273: 0 RGB, 1 BT.709, 5 and 6 BT.601, 9 BT.2020, 2 not said.
    pub(super) matrix: u32,
    /// Black is 0 and white 255, not 16 and 235.
    pub(super) full_range: bool,
}

/// Resolution of the colour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Grey,
    Half,
    HalfWidth,
    Full,
}

/// Why there is no frame.
pub(super) enum Fault {
    /// The decoder refused the data with this error number.
    Refused(i32),
    /// The data hold no whole frame.
    NoFrame,
}

/// Frees the decoder however a function is left.
struct Open(Option<Dav1dContext>);

impl Drop for Open {
    #[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
    fn drop(&mut self) {
        // SAFETY: the context came from `dav1d_open` and is closed only here.
        unsafe { av1::dav1d_close(Some(NonNull::from(&mut self.0))) }
    }
}

/// Frees what the decoder lent: its picture or the rest of the input.
#[derive(Default)]
struct Lent {
    input: Dav1dData,
    picture: Dav1dPicture,
}

impl Drop for Lent {
    #[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
    fn drop(&mut self) {
        // SAFETY: both are either empty or were filled by the decoder, and are freed only here.
        unsafe {
            av1::dav1d_data_unref(Some(NonNull::from(&mut self.input)));
            av1::dav1d_picture_unref(Some(NonNull::from(&mut self.picture)));
        }
    }
}

/// Decodes the first frame on this thread; a frame of more than `max_pixels` is refused.
pub(super) fn decode(data: &[u8], max_pixels: u64) -> Result<Planes, Fault> {
    let context = open(max_pixels)?;
    let mut lent = Lent::default();
    fill(&mut lent.input, data)?;
    receive(&context, &mut lent)?;
    copy(&lent.picture)
}

#[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
fn open(max_pixels: u64) -> Result<Open, Fault> {
    let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
    // SAFETY: the pointer is valid for a write of the settings, which initialises them.
    let mut settings = unsafe {
        let at = NonNull::new(settings.as_mut_ptr()).ok_or(Fault::NoFrame)?;
        av1::dav1d_default_settings(at);
        settings.assume_init()
    };
    settings.n_threads = 1;
    settings.max_frame_delay = 1;
    settings.frame_size_limit = u32::try_from(max_pixels).unwrap_or(u32::MAX);
    let mut context = None;
    // SAFETY: both pointers are valid for the length of the call.
    let result = unsafe {
        av1::dav1d_open(
            Some(NonNull::from(&mut context)),
            Some(NonNull::from(&mut settings)),
        )
    };
    if context.is_none() {
        return Err(Fault::Refused(result.0));
    }
    Ok(Open(context))
}

#[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
fn fill(input: &mut Dav1dData, data: &[u8]) -> Result<(), Fault> {
    if data.is_empty() {
        return Err(Fault::NoFrame);
    }
    // SAFETY: the decoder allocates `data.len()` bytes and returns where they are, or null.
    unsafe {
        let at = av1::dav1d_data_create(Some(NonNull::from(input)), data.len());
        let at = NonNull::new(at).ok_or(Fault::NoFrame)?;
        at.copy_from_nonoverlapping(NonNull::from(data).cast(), data.len());
    }
    Ok(())
}

#[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
fn receive(context: &Open, lent: &mut Lent) -> Result<(), Fault> {
    // `EAGAIN` of the platform.
    const AGAIN: i32 = if cfg!(target_vendor = "apple") {
        -35
    } else {
        -11
    };
    loop {
        let had = lent.input.sz;
        if had > 0 {
            // SAFETY: the context is open and the input was filled by the decoder.
            let sent =
                unsafe { av1::dav1d_send_data(context.0, Some(NonNull::from(&mut lent.input))) };
            if sent.0 < 0 && sent.0 != AGAIN {
                return Err(Fault::Refused(sent.0));
            }
        }
        // SAFETY: the context is open and the picture is empty, valid for a write.
        let got =
            unsafe { av1::dav1d_get_picture(context.0, Some(NonNull::from(&mut lent.picture))) };
        match got.0 {
            0 => return Ok(()),
            AGAIN if lent.input.sz < had => {}
            AGAIN => return Err(Fault::NoFrame),
            error => return Err(Fault::Refused(error)),
        }
    }
}

#[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
fn copy(picture: &Dav1dPicture) -> Result<Planes, Fault> {
    let header = picture.seq_hdr.ok_or(Fault::NoFrame)?;
    // SAFETY: a received picture points at its sequence header and keeps it alive.
    let header = unsafe { header.as_ref() };
    let (width, height) = (picture.p.w as usize, picture.p.h as usize);
    let layout = match picture.p.layout {
        0 => Layout::Grey,
        1 => Layout::Half,
        2 => Layout::HalfWidth,
        _ => Layout::Full,
    };
    let mut planes = [const { Vec::new() }; 3];
    let used = if layout == Layout::Grey { 1 } else { 3 };
    for (i, plane) in planes.iter_mut().enumerate().take(used) {
        let (w, h) = if i == 0 {
            (width, height)
        } else {
            layout.colour_size(width, height)
        };
        *plane = copy_plane(picture, i, (w, h))?;
    }
    Ok(Planes {
        width,
        height,
        layout,
        yuv: planes,
        matrix: header.mtrx,
        full_range: header.color_range != 0,
    })
}

impl Layout {
    /// Size of a colour plane.
    pub(super) fn colour_size(self, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::Grey => (0, 0),
            Self::Half => (width.div_ceil(2), height.div_ceil(2)),
            Self::HalfWidth => (width.div_ceil(2), height),
            Self::Full => (width, height),
        }
    }
}

#[expect(unsafe_code, reason = "the AV1 decoder has a C interface")]
fn copy_plane(
    picture: &Dav1dPicture,
    plane: usize,
    (width, height): (usize, usize),
) -> Result<Vec<u8>, Fault> {
    let start = picture.data[plane].ok_or(Fault::NoFrame)?.cast::<u8>();
    let stride = picture.stride[plane.min(1)];
    let bits = picture.p.bpc as u32;
    let bytes = if bits > 8 { width * 2 } else { width };
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        // SAFETY: the decoder's planes have `height` rows, `stride` bytes apart, of at least
        // `width` samples of one byte, or two for more than 8 bits.
        let row = unsafe {
            let at = start.as_ptr().offset(stride * y as isize);
            std::slice::from_raw_parts(at, bytes)
        };
        if bits > 8 {
            out.extend(row.chunks_exact(2).map(|s| round(s, bits)));
        } else {
            out.extend_from_slice(row);
        }
    }
    Ok(out)
}

/// A deep sample to 8 bits.
fn round(sample: &[u8], bits: u32) -> u8 {
    let value = u32::from(u16::from_ne_bytes([sample[0], sample[1]]));
    let shift = bits - 8;
    ((value + (1 << (shift - 1))) >> shift).min(255) as u8
}
