//! Colours to sRGB, by the profile that the file carries.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout as Channels, RenderingIntent, TransformExecutor, TransformOptions};

use super::raster::{Layout, Raster};

/// How the pixels of one picture become sRGB.
pub(super) enum Converter {
    /// They are sRGB.
    None,
    /// By the file's profile.
    Profile(Arc<dyn TransformExecutor<u8> + Send + Sync>),
    /// Ink on paper, without a profile that says which.
    Inks,
}

impl Converter {
    /// The converter for pixels of `layout` in a file with this profile. A profile that cannot be used, or belongs to
    /// other pixels, is ignored, as every viewer does.
    pub(super) fn new(layout: Layout, profile: Option<&[u8]>) -> Self {
        let transform = profile.and_then(|bytes| transform(layout, bytes));
        match (transform, layout) {
            (Some(transform), _) => Self::Profile(transform),
            (None, Layout::Cmyk) => Self::Inks,
            (None, Layout::Luma | Layout::Rgb) => Self::None,
        }
    }

    /// Whether there is nothing to convert.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Converts small rasters: it is called after scaling, where there are few pixels left.
    pub(super) fn convert(&self, raster: Raster) -> Raster {
        match self {
            Self::None => raster,
            Self::Profile(transform) => {
                let mut data = vec![0; raster.width as usize * raster.height as usize * 3];
                match transform.transform(&raster.data, &mut data) {
                    Ok(()) => Raster { layout: Layout::Rgb, data, ..raster },
                    Err(_) => plain(raster),
                }
            }
            Self::Inks => plain(raster),
        }
    }
}

/// sRGB without knowing the profile.
pub(super) fn plain(raster: Raster) -> Raster {
    if raster.layout != Layout::Cmyk {
        return raster;
    }
    let (pixels, _) = raster.data.as_chunks::<4>();
    let light = |ink: u8, black: u8| (u16::from(255 - ink) * u16::from(255 - black) / 255) as u8;
    let data = pixels.iter().flat_map(|&[c, m, y, k]| [light(c, k), light(m, k), light(y, k)]).collect();
    Raster { layout: Layout::Rgb, data, ..raster }
}

fn transform(layout: Layout, bytes: &[u8]) -> Option<Arc<dyn TransformExecutor<u8> + Send + Sync>> {
    let (channels, space) = match layout {
        Layout::Luma => (Channels::Gray, DataColorSpace::Gray),
        Layout::Rgb => (Channels::Rgb, DataColorSpace::Rgb),
        Layout::Cmyk => (Channels::Rgba, DataColorSpace::Cmyk),
    };
    let profile = ColorProfile::new_from_slice(bytes).ok().filter(|profile| profile.color_space == space)?;
    let srgb = ColorProfile::new_srgb();
    [RenderingIntent::RelativeColorimetric, RenderingIntent::Perceptual].into_iter().find_map(|rendering_intent| {
        let options = TransformOptions { rendering_intent, ..TransformOptions::default() };
        profile.create_transform_8bit(channels, &srgb, Channels::Rgb, options).ok()
    })
}
