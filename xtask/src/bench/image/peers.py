"""Thumbnails by Pillow and libvips, one decode each: python peers.py pillow|libvips FOLDER REPEATS FILE..."""
import io, os, sys, time

SIDES = (300, 72, 48)


def by_pillow(data):
    from PIL import Image
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", (600, 600))
    picture = picture.convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    box, made = (left, top, left + side, top + side), []
    for wanted in SIDES:
        made.append(io.BytesIO())
        picture.resize((wanted, wanted), Image.LANCZOS, box=box).save(made[-1], "JPEG", quality=85, subsampling=2)
    return [one.getvalue() for one in made]


def by_libvips(data):
    import pyvips
    large = pyvips.Image.thumbnail_buffer(data, 300, height=300, crop="centre").copy_memory()
    return [(large if side == 300 else large.thumbnail_image(side)).jpegsave_buffer(Q=85, strip=True) for side in SIDES]


os.environ["VIPS_CONCURRENCY"] = "1"
make = {"pillow": by_pillow, "libvips": by_libvips}[sys.argv[1]]
if sys.argv[1] == "libvips":
    import pyvips
    pyvips.cache_set_max(0)
folder, repeats, files = sys.argv[2], int(sys.argv[3]), sys.argv[4:]
for file in files:
    with open(file, "rb") as opened:
        data = opened.read()
    make(data)
    before = time.process_time()
    for _ in range(repeats):
        made = make(data)
    spent = (time.process_time() - before) * 1000 / repeats
    stem = os.path.splitext(os.path.basename(file))[0]
    for side, bytes_made in zip(SIDES, made):
        with open(f"{folder}/{stem}-{side}.jpg", "wb") as kept:
            kept.write(bytes_made)
    print(f"{file}\t{spent:.4f}", flush=True)
