"""Mean SSIM (luma) against a full decode scaled in floating point: python judge.py FOLDER FILE..."""
import os, sys
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

folder, files = sys.argv[1], sys.argv[2:]
for side in (300, 72, 48):
    scores = []
    for file in files:
        pixels = np.asarray(Image.open(file).convert("RGB")).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        height, width = pixels.shape
        short = min(width, height)
        left, top = (width - short) / 2, (height - short) / 2
        wanted = Image.fromarray(pixels).resize((side, side), Image.LANCZOS, box=(left, top, left + short, top + short))
        made = Image.open(f"{folder}/{os.path.splitext(os.path.basename(file))[0]}-{side}.jpg").convert("RGB")
        made = np.asarray(made).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        scores.append(structural_similarity(np.asarray(wanted).clip(0, 255), made, data_range=255))
    print(f"{side}\t{np.mean(scores):.4f}")
