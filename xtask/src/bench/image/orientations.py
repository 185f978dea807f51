"""One scene as cameras held in eight ways store it: python orientations.py FOLDER; prints the files."""
import os, sys
import skimage.data
from PIL import Image

STORED = [None, "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_90", "TRANSVERSE", "ROTATE_270"]
scene = Image.open(os.path.join(os.path.dirname(skimage.data.__file__), "astronaut.png")).convert("RGB").crop((20, 30, 471, 490))
for number, turn in enumerate(STORED, 1):
    exif = Image.Exif()
    exif[0x0112] = number
    path = f"{sys.argv[1]}/scene-{number}.png"
    (scene.transpose(Image.Transpose[turn]) if turn else scene).save(path, exif=exif)
    print(path)
