"""Cut and lying files beside the collected ones: python damage.py FOLDER COLLECTION LIST"""
import glob, os, sys

folder, collection, listed = sys.argv[1:]
own = os.path.join(folder, "damaged")
os.makedirs(own, exist_ok=True)
KINDS = (".jpg", ".jpeg", ".png", ".apng", ".gif", ".bmp", ".webp", ".mpo", ".tif", ".ico", ".avif")
files = [path for path in glob.glob(f"{collection}/**/*", recursive=True) if path.lower().endswith(KINDS)]
files += [path for path in glob.glob(f"{collection}/**/crash*", recursive=True) if os.path.isfile(path)]
for kind in ("portraits", "camera", "progressive"):
    for path in sorted(glob.glob(f"{folder}/{kind}/*.jpg"))[:2]:
        data = open(path, "rb").read()
        frame = next(at for at in range(len(data)) if data[at:at + 2] in (b"\xff\xc0", b"\xff\xc2"))
        lies = {"huge": data[:frame + 5] + b"\xff\xff\xff\xff" + data[frame + 9:], "wide": data[:frame + 5] + b"\x0b\xb8\x40\x00" + data[frame + 9:]}
        cuts = {percent: data[:len(data) * percent // 100] for percent in (1, 10, 50, 90, 99)}
        for name, bytes_made in {**lies, **cuts}.items():
            target = f"{own}/{kind}-{os.path.basename(path)}-{name}"
            open(target, "wb").write(bytes_made)
            files.append(target)
open(listed, "w").write("\n".join(sorted(set(files))))
