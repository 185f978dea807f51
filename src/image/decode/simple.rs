//! PNG, GIF, BMP and WebP, through the `image` crate.

use std::io::Cursor;

use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{Headers, damaged, raster};
use crate::error::{Code, Error, Result};
use crate::image::format::Format;
use crate::image::limits::{self, MAX_MEMORY, MAX_SIDE};
use crate::image::raster::{Layout, Raster};

/// The headers of a file in one of these formats.
pub(super) fn headers(bytes: &[u8], format: Format) -> Result<Headers> {
    let mut decoder = open(bytes, format)?;
    read_headers(&mut decoder, format)
}

/// Decodes a file in one of these formats; of an animation its first frame.
pub(super) fn decode(bytes: &[u8], format: Format) -> Result<(Headers, Raster)> {
    let mut decoder = open(bytes, format)?;
    let headers = read_headers(&mut decoder, format)?;
    let turned = if headers.orientation == Orientation::NoTransforms { 0 } else { 3 };
    limits::check_memory(headers.width, headers.height, cost(format, decoder.color_type()) + turned)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    let (layout, data) = pixels(picture);
    Ok((raster(headers.width, headers.height, layout, data)?, headers)).map(|(raster, headers)| (headers, raster))
}

fn open(bytes: &[u8], format: Format) -> Result<impl ImageDecoder + '_> {
    let kind = match format {
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::WebP => ImageFormat::WebP,
        Format::Jpeg => ImageFormat::Jpeg,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    let mut allowed = Limits::no_limits();
    allowed.max_image_width = Some(MAX_SIDE);
    allowed.max_image_height = Some(MAX_SIDE);
    allowed.max_alloc = Some(MAX_MEMORY);
    reader.limits(allowed);
    reader.into_decoder().map_err(|error| refusal(&error))
}

fn read_headers(decoder: &mut impl ImageDecoder, format: Format) -> Result<Headers> {
    let (width, height) = decoder.dimensions();
    limits::check_size(width, height)?;
    Ok(Headers {
        format,
        width,
        height,
        orientation: decoder.orientation().unwrap_or(Orientation::NoTransforms),
        profile: decoder.icc_profile().ok().flatten(),
    })
}

/// Bytes for each pixel at the peak of decoding and of bringing the pixels into one of our layouts.
fn cost(format: Format, colour: ColorType) -> u64 {
    let stored = u64::from(colour.bytes_per_pixel());
    match format {
        // A second canvas, on which frames are put together.
        Format::Gif | Format::WebP => stored + 4,
        _ if stored > u64::from(colour.channel_count()) => stored + 4,
        _ => stored,
    }
}

/// Brings pixels into grey or RGB; what is transparent becomes white.
fn pixels(picture: DynamicImage) -> (Layout, Vec<u8>) {
    match picture {
        DynamicImage::ImageLuma8(grey) => (Layout::Luma, grey.into_raw()),
        DynamicImage::ImageLuma16(_) => (Layout::Luma, picture.into_luma8().into_raw()),
        DynamicImage::ImageRgb8(colour) => (Layout::Rgb, colour.into_raw()),
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => (Layout::Rgb, picture.into_rgb8().into_raw()),
        other => (Layout::Rgb, on_white(other.into_rgba8().into_raw())),
    }
}

/// Puts RGBA pixels on white, in place.
fn on_white(mut data: Vec<u8>) -> Vec<u8> {
    let count = data.len() / 4;
    for index in 0..count {
        let [red, green, blue, alpha] = [0, 1, 2, 3].map(|channel| u32::from(data[4 * index + channel]));
        for (channel, value) in [red, green, blue].into_iter().enumerate() {
            // At most 255 * 255 / 255.
            data[3 * index + channel] = ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    data.truncate(3 * count);
    data
}

fn refusal(error: &ImageError) -> Error {
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::DimensionError) => {
            Error::new(Code::PictureTooLarge, "The picture is larger than the limits allow.")
        }
        ImageError::Limits(_) => Error::new(Code::PictureTooLarge, "Decoding the picture would take too much memory."),
        ImageError::Unsupported(_) => {
            Error::new(Code::PictureUnsupported, "The picture uses a rare variant of its format.")
        }
        _ => damaged("The picture is damaged or incomplete."),
    }
    .with_cause(error)
}
