"""Makes the files of `bench image` from the photographs that scikit-image ships: python pictures.py FOLDER"""
import os, random, sys
import numpy as np
import skimage.data
from PIL import Image

out = sys.argv[1]
random.seed(6)
noise = np.random.default_rng(6)
shipped = os.path.dirname(skimage.data.__file__)
NAMES = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "ihc.png", "retina.jpg", "hubble_deep_field.jpg"]


def photo(name):
    return Image.open(os.path.join(shipped, name)).convert("RGB")


def square(picture, left, top, side, to=648):
    return picture.crop((left, top, left + side, top + side)).resize((to, to), Image.LANCZOS)


def folder(name):
    path = os.path.join(out, name)
    os.makedirs(path, exist_ok=True)
    return path


portraits, camera, progressive, pairs = map(folder, ["portraits", "camera", "progressive", "pairs"])
for name in NAMES:
    picture, stem = photo(name), name.split(".")[0]
    side = min(picture.size)
    square(picture, (picture.width - side) // 2, (picture.height - side) // 2, side).save(f"{portraits}/{stem}.jpg", quality=90)
for name in NAMES[:4]:
    # As large as a 12-megapixel camera's, with the grain of a sensor: an enlargement alone would be too easy to read.
    picture, stem = photo(name), name.split(".")[0]
    pixels = np.asarray(picture.resize((4000, 3000), Image.LANCZOS)).astype(np.float32)
    grain = noise.normal(0, 5, (3000, 4000, 1)) + noise.normal(0, 2, (3000, 4000, 3))
    picture = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
    picture.save(f"{camera}/{stem}.jpg", quality=88)
    Image.open(f"{camera}/{stem}.jpg").save(f"{progressive}/{stem}.jpg", quality="keep", progressive=True)

# People: the 100 faces of the shipped part of LFW, and cut-outs of the photographs.
bases = []
for face in np.load(os.path.join(shipped, "lfw_subset.npy"))[:100]:
    face = Image.fromarray((face * 255).clip(0, 255).astype(np.uint8)).resize((648, 648), Image.BICUBIC)
    tint = np.array([random.uniform(0.85, 1.0), random.uniform(0.75, 0.9), random.uniform(0.65, 0.85)])
    bases.append(Image.fromarray((np.asarray(face)[..., None] * tint + noise.normal(0, 3, (648, 648, 1))).clip(0, 255).astype(np.uint8)))
for index in range(60):
    picture = photo(NAMES[index % 6])
    side = int(min(picture.size) * random.uniform(0.45, 0.8))
    bases.append(square(picture, random.randint(0, picture.width - side), random.randint(0, picture.height - side), side))

FILTERS = [Image.LANCZOS, Image.BICUBIC, Image.HAMMING, Image.BOX, Image.BILINEAR]
with open(f"{out}/pairs.tsv", "w") as listed:
    for index, base in enumerate(bases):
        source = f"{pairs}/{index}.jpg"
        base.save(source, quality=92)
        for side in (48, 72, 240, 300, 648):
            for again in range(2):
                shown = f"{pairs}/{index}-{side}-{again}.jpg"
                cut = random.randint(0, 2)
                box = (cut, random.randint(0, 2), 648 - random.randint(0, 2), 648 - cut)
                base.resize((side, side), random.choice(FILTERS), box=box).save(
                    shown, quality=random.randint(60, 95), subsampling=random.randint(0, 2), progressive=random.random() < 0.2)
                print(source, shown, "same", side, sep="\t", file=listed)
            for other in random.sample([number for number in range(len(bases)) if number != index], 6):
                print(f"{pairs}/{other}.jpg", f"{pairs}/{index}-{side}-0.jpg", "other", side, sep="\t", file=listed)
