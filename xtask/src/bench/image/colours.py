"""CMYK files with a press's profile, and Little CMS's opinion of them: python colours.py make|judge FOLDER [FILE...]"""
import io, os, struct, sys
import numpy as np
import skimage.data
from PIL import Image, ImageCms, ImageFilter
from skimage.color import rgb2lab

what, out, files = sys.argv[1], sys.argv[2], sys.argv[3:]


def press():
    """A profile of a press, made here: a table from ink to Lab, with inks that are as impure as real ones."""
    steps = 9
    ink = np.stack(np.meshgrid(*[np.linspace(0, 1, steps)] * 4, indexing="ij"), -1).reshape(-1, 4)
    full = np.array([[0.0, 0.55, 0.80], [0.80, 0.05, 0.42], [0.98, 0.90, 0.05], [0.12, 0.11, 0.10]])
    # Dots grow on paper, and what one ink lets through the next one takes from.
    light = np.prod(1 - (ink ** 0.8)[:, :, None] * (1 - full[None]), axis=1) * np.array([0.97, 0.96, 0.93])
    lab = rgb2lab(light[:, None])[:, 0]
    table = np.clip(np.round(np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], -1)), 0, 255).astype(np.uint8)
    ramp = bytes(range(256))
    one = struct.pack(">9i", *[65536, 0, 0, 0, 65536, 0, 0, 0, 65536])
    lut = b"mft1\0\0\0\0" + bytes([4, 3, steps, 0]) + one + 4 * ramp + table.tobytes() + 3 * ramp
    name = b"a press"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + b"\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D),
        b"A2B0": lut,
    }
    start, entries, body = 132 + 12 * len(tags), b"", b""
    for tag, data in tags.items():
        entries += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s12x4s", size, b"none", 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp")
    head += bytes(64 - len(head)) + struct.pack(">I3i", 0, 0xF6D6, 0x10000, 0xD32D)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + entries + body


if what == "make":
    shipped, profile = os.path.dirname(skimage.data.__file__), press()
    for name in ("astronaut.png", "coffee.png", "chelsea.png"):
        # Soft pictures: it is the colours that are compared, not what JPEG does to edges.
        picture = Image.open(os.path.join(shipped, name)).convert("RGB").resize((400, 400)).filter(ImageFilter.GaussianBlur(5))
        inks = 1 - np.asarray(picture) / 255
        black = 0.6 * inks.min(-1, keepdims=True)
        inks = np.concatenate([(inks - black) / (1 - black), black], -1)
        path = f"{out}/{name.split('.')[0]}.jpg"
        made = Image.fromarray(np.round(inks * 255).astype(np.uint8), "CMYK")
        made.save(path, quality=97, subsampling=0, icc_profile=profile)
        print(path)
else:
    away = []
    for path in files:
        picture = Image.open(path)
        source = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        wanted = ImageCms.profileToProfile(picture, source, srgb, ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB")
        wanted = np.asarray(wanted.resize((300, 300), Image.LANCZOS)).astype(float)
        made = Image.open(f"{out}/{os.path.splitext(os.path.basename(path))[0]}-300.jpg").convert("RGB")
        away.append(np.abs(wanted - np.asarray(made).astype(float)).mean())
    print(f"{np.mean(away):.4f}")
