"""Damaged files of our own beside the collected ones: python damage.py FOLDER COLLECTION LIST"""
import glob, io, os, random, sys
import skimage.data
from PIL import Image

folder, collection, listed = sys.argv[1:]
own = os.path.join(folder, "damaged")
os.makedirs(own, exist_ok=True)
KINDS = (".jpg", ".jpeg", ".png", ".apng", ".gif", ".bmp", ".webp", ".mpo", ".tif", ".ico", ".avif")
files = [path for path in glob.glob(f"{collection}/**/*", recursive=True) if path.lower().endswith(KINDS)]
files += [path for path in glob.glob(f"{collection}/**/crash*", recursive=True) if os.path.isfile(path)]


def keep(name, data):
    path = os.path.join(own, name)
    with open(path, "wb") as made:
        made.write(data)
    files.append(path)


def frame_of(data):
    return next(at for at in range(len(data)) if data[at:at + 2] in (b"\xff\xc0", b"\xff\xc2"))


# Large files, cut, and such whose header lies about the sides.
for kind in ("portraits", "camera", "progressive"):
    for path in sorted(glob.glob(f"{folder}/{kind}/*.jpg"))[:2]:
        data = open(path, "rb").read()
        frame = frame_of(data)
        lies = {"huge": data[:frame + 5] + b"\xff\xff\xff\xff" + data[frame + 9:], "wide": data[:frame + 5] + b"\x0b\xb8\x40\x00" + data[frame + 9:]}
        cuts = {percent: data[:len(data) * percent // 100] for percent in (1, 10, 50, 90, 99)}
        for name, made in {**lies, **cuts}.items():
            keep(f"{kind}-{os.path.basename(path)}-{name}", made)

# libjpeg-turbo, which Pillow brings, writes each kind of JPEG that it knows; each is damaged in many ways.
random.seed(11)
scene = Image.open(os.path.join(os.path.dirname(skimage.data.__file__), "astronaut.png")).convert("RGB").crop((100, 20, 343, 200))


def jpeg(picture, **options):
    made = io.BytesIO()
    picture.save(made, "JPEG", **options)
    return made.getvalue()


def changed(data):
    """A few bytes changed, or a piece lost, doubled or moved."""
    data = bytearray(data)
    for _ in range(random.randint(1, 5)):
        at, length = random.randrange(len(data)), random.choice([1, 2, 30, 900])
        piece, other = data[at:at + length], random.randrange(len(data))
        match random.randrange(6):
            case 0: data[at] = random.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
            case 1: data[at] ^= 1 << random.randrange(8)
            case 2: del data[at:at + length]
            case 3: data[at:at] = piece
            case 4: data[other:other] = piece
            case 5: data[at:at + length] = random.randbytes(len(piece))
    return bytes(data)


KINDS_OF_JPEG = {
    f"{name}-{how}": jpeg(picture, **options, **more)
    for name, picture, options in [
        ("444", scene, {"subsampling": 0}), ("422", scene, {"subsampling": 1}), ("420", scene, {"subsampling": 2}),
        ("grey", scene.convert("L"), {}), ("cmyk", scene.convert("CMYK"), {}), ("fine", scene, {"quality": 100}), ("coarse", scene, {"quality": 5}),
    ]
    for how, more in [("plain", {}), ("progressive", {"progressive": True}), ("restarts", {"restart_marker_blocks": 3}), ("optimised", {"optimize": True, "restart_marker_rows": 1})]
}
for name, data in KINDS_OF_JPEG.items():
    frame = frame_of(data)
    # Another process, such as arithmetic coding, and sampling that the data does not have.
    for marker in (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCA):
        keep(f"{name}-as-{marker:x}.jpg", data[:frame + 1] + bytes([marker]) + data[frame + 2:])
    for sampling in (0x12, 0x41, 0x44, 0x31, 0x00):
        keep(f"{name}-sampled-{sampling:02x}.jpg", data[:frame + 11] + bytes([sampling]) + data[frame + 12:])
    for number in range(25):
        keep(f"{name}-{number}.jpg", changed(data))
with open(listed, "w") as made:
    made.write("\n".join(sorted(set(files))))
