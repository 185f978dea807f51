//! Draws people: one portrait for each person and version, from numbers.
//! Knows random numbers. Promises pictures that differ from person to person and from version to version, at any size asked for.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a painter counts pixels in floating point; narrowing clamps every value"
)]

use crate::picture::Pixels;
use crate::random::{Dice, mix};

type Colour = [f32; 3];

const SKIN: [Colour; 8] = [
    [255., 224., 196.],
    [241., 194., 158.],
    [224., 172., 130.],
    [198., 140., 98.],
    [160., 106., 70.],
    [124., 78., 50.],
    [92., 58., 40.],
    [250., 212., 200.],
];
const HAIR: [Colour; 8] = [
    [30., 24., 22.],
    [62., 40., 28.],
    [104., 66., 36.],
    [160., 110., 58.],
    [214., 176., 104.],
    [150., 62., 34.],
    [170., 168., 166.],
    [236., 232., 226.],
];
const CLOTHES: [Colour; 10] = [
    [34., 46., 80.],
    [120., 28., 40.],
    [40., 92., 70.],
    [230., 226., 216.],
    [70., 72., 78.],
    [24., 24., 28.],
    [196., 150., 60.],
    [90., 120., 170.],
    [150., 90., 140.],
    [210., 110., 80.],
];
const BACKDROP: [Colour; 12] = [
    [196., 208., 220.],
    [120., 140., 150.],
    [226., 214., 196.],
    [90., 110., 90.],
    [60., 70., 90.],
    [240., 240., 238.],
    [170., 120., 90.],
    [30., 36., 44.],
    [150., 180., 160.],
    [210., 170., 170.],
    [100., 150., 200.],
    [230., 190., 90.],
];

/// A canvas whose coordinates run from 0 to 1 over its shorter side, the picture in the middle of the longer one.
struct Canvas {
    pixels: Pixels,
    unit: f32,
    left: f32,
    top: f32,
}

impl Canvas {
    fn new(width: u32, height: u32) -> Self {
        let unit = width.min(height) as f32;
        let (left, top) = ((width as f32 - unit) / 2.0, (height as f32 - unit) / 2.0);
        Self { pixels: Pixels::new(width, height), unit, left, top }
    }

    /// Colours every point of the box that is covered, by how much `cover` says it is.
    fn paint(&mut self, reach: [f32; 4], cover: impl Fn(f32, f32) -> f32, colour: impl Fn(f32, f32) -> Colour) {
        let (width, height) = (self.pixels.width as f32, self.pixels.height as f32);
        let x_of = |x: f32| (x * self.unit + self.left).clamp(0.0, width) as u32;
        let y_of = |y: f32| (y * self.unit + self.top).clamp(0.0, height) as u32;
        let (x0, y0, x1, y1) = (x_of(reach[0]), y_of(reach[1]), x_of(reach[2] + 0.01), y_of(reach[3] + 0.01));
        let pixel = 1.0 / self.unit;
        let rows = self.pixels.rgb.chunks_exact_mut(self.pixels.width as usize * 3).enumerate();
        for (row, pixels) in rows.take(y1 as usize).skip(y0 as usize) {
            let y = (row as f32 + 0.5 - self.top) * pixel;
            let columns = pixels[x0 as usize * 3..x1 as usize * 3].chunks_exact_mut(3);
            for (column, old) in (x0..).zip(columns) {
                let x = (column as f32 + 0.5 - self.left) * pixel;
                let cover = cover(x, y);
                if cover >= 1.0 {
                    old.copy_from_slice(&colour(x, y).map(|value| value as u8));
                } else if cover > 0.0 {
                    for (old, new) in old.iter_mut().zip(colour(x, y)) {
                        let old_value = f32::from(*old);
                        *old = (old_value + (new - old_value) * cover) as u8;
                    }
                }
            }
        }
    }

    /// An ellipse with a lighter upper left, as under a lamp.
    fn ellipse(&mut self, centre: [f32; 2], radius: [f32; 2], colour: Colour) {
        let sharp = self.unit * radius[0].min(radius[1]);
        let reach = [centre[0] - radius[0], centre[1] - radius[1], centre[0] + radius[0], centre[1] + radius[1]];
        let wide = [1.0 / radius[0], 1.0 / radius[1]];
        let away = |x: f32, y: f32| ((x - centre[0]) * wide[0], (y - centre[1]) * wide[1]);
        let cover = |x: f32, y: f32| {
            let (dx, dy) = away(x, y);
            let squared = dx * dx + dy * dy;
            if squared < 1.0 { (1.0 - squared.sqrt()) * sharp } else { 0.0 }
        };
        self.paint(reach, cover, |x, y| {
            let (dx, dy) = away(x, y);
            let light = 1.0 - 0.16 * (dx * 0.6 + dy * 0.8);
            colour.map(|c| c * light)
        });
    }

    /// A line with round ends.
    fn stroke(&mut self, from: [f32; 2], to: [f32; 2], thick: f32, colour: Colour) {
        let reach = [
            from[0].min(to[0]) - thick,
            from[1].min(to[1]) - thick,
            from[0].max(to[0]) + thick,
            from[1].max(to[1]) + thick,
        ];
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = along[0].powi(2) + along[1].powi(2);
        let unit = self.unit;
        let cover = |x: f32, y: f32| {
            let t = ((x - from[0]) * along[0] + (y - from[1]) * along[1]) / length.max(1e-6);
            let t = t.clamp(0.0, 1.0);
            let (dx, dy) = (x - from[0] - t * along[0], y - from[1] - t * along[1]);
            (thick - (dx * dx + dy * dy).sqrt()) * unit
        };
        self.paint(reach, cover, |_, _| colour);
    }
}

/// The features that stay with a person.
struct Face {
    skin: Colour,
    hair: Colour,
    hair_style: usize,
    width: f32,
    length: f32,
    eyes: Colour,
    eye_gap: f32,
    brow: f32,
    nose: f32,
    mouth: f32,
    beard: bool,
    glasses: bool,
}

/// What changes from one photo to the next.
struct Scene {
    backdrop: [Colour; 2],
    slant: f32,
    clothes: Colour,
    collar: usize,
    centre: [f32; 2],
    size: f32,
    smile: f32,
}

/// Draws version `version` of person `index`.
#[must_use]
pub fn draw(seed: u64, index: u32, version: u32, width: u32, height: u32) -> Pixels {
    let face = Face::of(&mut Dice::new(&[seed, u64::from(index), 0x6661_6365]));
    let scene = Scene::of(seed, index, version);
    let mut canvas = Canvas::new(width, height);
    backdrop(&mut canvas, &scene);
    shoulders(&mut canvas, &scene, &face);
    head(&mut canvas, &scene, &face);
    features(&mut canvas, &scene, &face);
    grain(&mut canvas.pixels, mix(&[seed, u64::from(index), u64::from(version)]));
    canvas.pixels
}

/// The grey head that stands in where there is no picture.
#[must_use]
pub fn grey_head(side: u32) -> Pixels {
    let mut canvas = Canvas::new(side, side);
    canvas.paint([0.0, 0.0, 1.0, 1.0], |_, _| 1.0, |_, _| [234.; 3]);
    canvas.ellipse([0.5, 1.02], [0.40, 0.36], [166.; 3]);
    canvas.ellipse([0.5, 0.40], [0.19, 0.22], [166.; 3]);
    canvas.pixels
}

impl Face {
    fn of(dice: &mut Dice) -> Self {
        Self {
            skin: dice.pick(&SKIN),
            hair: dice.pick(&HAIR),
            hair_style: dice.roll(6),
            width: dice.between(0.150, 0.190),
            length: dice.between(0.205, 0.245),
            eyes: dice.pick(&[[60., 40., 24.], [70., 110., 150.], [80., 120., 70.], [40., 30., 28.]]),
            eye_gap: dice.between(0.34, 0.46),
            brow: dice.between(0.006, 0.014),
            nose: dice.between(0.045, 0.080),
            mouth: dice.between(0.050, 0.085),
            beard: dice.roll(5) == 0,
            glasses: dice.roll(4) == 0,
        }
    }
}

impl Scene {
    /// Each version has another backdrop and other clothes than the one before: the step through the colours is never zero.
    fn of(seed: u64, index: u32, version: u32) -> Self {
        let mut start = Dice::new(&[seed, u64::from(index), 0x7363]);
        let step = version as usize;
        let (first, second) = (start.roll(12) + step * 5, start.roll(12) + step * 7);
        let clothes = CLOTHES[(start.roll(10) + step * 3) % 10];
        let mut dice = Dice::new(&[seed, u64::from(index), u64::from(version), 0x7363_656E]);
        Self {
            backdrop: [BACKDROP[first % 12], BACKDROP[second % 12]],
            slant: dice.between(-1.0, 1.0),
            clothes,
            collar: dice.roll(3),
            centre: [dice.between(0.44, 0.56), dice.between(0.42, 0.48)],
            size: dice.between(0.92, 1.14),
            smile: dice.between(-0.2, 1.0),
        }
    }
}

fn backdrop(canvas: &mut Canvas, scene: &Scene) {
    let [from, to] = scene.backdrop;
    let slant = scene.slant;
    // Far beyond 0 to 1, so that it fills the longer side too.
    let colour = |x: f32, y: f32| {
        let t = (y + slant * (x - 0.5)).clamp(0.0, 1.0);
        [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * t)
    };
    canvas.paint([-2.0, -2.0, 3.0, 3.0], |_, _| 1.0, colour);
    canvas.ellipse([0.5 + slant * 0.4, 0.2], [0.22, 0.16], [0, 1, 2].map(|i| from[i] * 0.5 + 120.0));
}

fn shoulders(canvas: &mut Canvas, scene: &Scene, face: &Face) {
    let [x, y] = scene.centre;
    let size = scene.size;
    canvas.ellipse([x, y + 0.62 * size], [0.36 * size, 0.34 * size], scene.clothes);
    let neck = face.skin.map(|c| c * 0.86);
    canvas.stroke([x, y + 0.16 * size], [x, y + 0.30 * size], 0.075 * size, neck);
    let light = scene.clothes.map(|c| (c * 0.5 + 120.0).min(255.0));
    let low = y + 0.30 * size;
    match scene.collar {
        0 => {
            canvas.stroke([x - 0.09 * size, low], [x, low + 0.12 * size], 0.022 * size, light);
            canvas.stroke([x + 0.09 * size, low], [x, low + 0.12 * size], 0.022 * size, light);
        }
        1 => canvas.stroke([x - 0.10 * size, low + 0.03], [x + 0.10 * size, low + 0.03], 0.03 * size, light),
        _ => canvas.ellipse([x, low + 0.02], [0.10 * size, 0.05 * size], neck),
    }
}

fn head(canvas: &mut Canvas, scene: &Scene, face: &Face) {
    let [x, y] = scene.centre;
    let (w, h) = (face.width * scene.size, face.length * scene.size);
    if matches!(face.hair_style, 1 | 4) {
        canvas.ellipse([x, y + h * 0.25], [w * 1.32, h * 1.35], face.hair);
    }
    for side in [-1.0, 1.0] {
        canvas.ellipse([x + side * w * 0.98, y + h * 0.08], [w * 0.16, h * 0.18], face.skin.map(|c| c * 0.9));
    }
    canvas.ellipse([x, y], [w, h], face.skin);
    match face.hair_style {
        0 => canvas.ellipse([x, y - h * 0.78], [w * 1.02, h * 0.48], face.hair),
        1 => canvas.ellipse([x, y - h * 0.82], [w * 1.10, h * 0.42], face.hair),
        2 => {
            for step in [-0.7_f32, -0.35, 0.0, 0.35, 0.7] {
                canvas.ellipse([x + step * w, y - h * (0.95 - step.abs() * 0.35)], [w * 0.36, h * 0.32], face.hair);
            }
        }
        3 => canvas.ellipse([x - w * 0.25, y - h * 0.82], [w * 0.98, h * 0.36], face.hair),
        4 => {
            canvas.ellipse([x, y - h * 0.84], [w * 1.06, h * 0.38], face.hair);
            canvas.ellipse([x, y - h * 1.25], [w * 0.40, h * 0.30], face.hair);
        }
        _ => canvas.ellipse([x, y - h * 0.93], [w * 0.72, h * 0.14], face.hair),
    }
}

fn features(canvas: &mut Canvas, scene: &Scene, face: &Face) {
    let [x, y] = scene.centre;
    let (w, h) = (face.width * scene.size, face.length * scene.size);
    let dark = face.hair.map(|c| c * 0.7);
    for side in [-1.0, 1.0] {
        let eye = [x + side * w * face.eye_gap, y - h * 0.08];
        canvas.ellipse(eye, [w * 0.20, h * 0.085], [246., 244., 240.]);
        canvas.ellipse(eye, [w * 0.095, h * 0.08], face.eyes);
        canvas.ellipse(eye, [w * 0.045, h * 0.038], [12., 10., 10.]);
        canvas.stroke([eye[0] - w * 0.2, eye[1] - h * 0.17], [eye[0] + w * 0.2, eye[1] - h * 0.19], face.brow, dark);
        if face.glasses {
            for (dx, dy) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0_f32)] {
                let corner = |t: f32| [eye[0] + w * 0.3 * (dx + dy * t), eye[1] + h * 0.16 * (dy + dx * t)];
                canvas.stroke(corner(-1.0), corner(1.0), 0.005, [30., 30., 34.]);
            }
        }
    }
    let shade = face.skin.map(|c| c * 0.78);
    canvas.stroke([x, y], [x + w * 0.08, y + face.nose], 0.008, shade);
    if face.beard {
        canvas.ellipse([x, y + h * 0.68], [w * 0.70, h * 0.34], dark);
    }
    let lips = [face.skin[0] * 0.80, face.skin[1] * 0.52, face.skin[2] * 0.52];
    let (wide, middle) = (face.mouth, [x, y + h * 0.52 + scene.smile * 0.018]);
    canvas.stroke([x - wide, y + h * 0.50], middle, 0.011, lips);
    canvas.stroke(middle, [x + wide, y + h * 0.50], 0.011, lips);
}

/// Film grain, so that encoders have something to do.
fn grain(pixels: &mut Pixels, seed: u64) {
    let mut state = seed | 1;
    for value in pixels.rgb.chunks_exact_mut(3) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let noise = (state & 7) as i8 - 3;
        for channel in value {
            *channel = channel.saturating_add_signed(noise);
        }
    }
}
