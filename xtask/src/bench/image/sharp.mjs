// Thumbnails by sharp, one decode each: node sharp.mjs FOLDER REPEATS FILE...
import { readFileSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import sharp from "sharp";

const SIDES = [300, 72, 48];
sharp.concurrency(1);
sharp.cache(false);

async function make(data) {
  const { data: pixels, info } = await sharp(data).rotate().resize(300, 300, { fit: "cover" }).raw().toBuffer({ resolveWithObject: true });
  const large = () => sharp(pixels, { raw: { width: info.width, height: info.height, channels: info.channels } });
  const made = [];
  for (const side of SIDES) {
    const one = side === 300 ? large() : large().resize(side, side);
    made.push(await one.jpeg({ quality: 85 }).toBuffer());
  }
  return made;
}

const [folder, repeats, ...files] = process.argv.slice(2);
for (const file of files) {
  const data = readFileSync(file);
  let made = await make(data);
  const before = process.cpuUsage();
  for (let turn = 0; turn < Number(repeats); turn++) made = await make(data);
  const spent = process.cpuUsage(before);
  SIDES.forEach((side, index) => writeFileSync(`${folder}/${basename(file, extname(file))}-${side}.jpg`, made[index]));
  console.log(`${file}\t${((spent.user + spent.system) / 1000 / Number(repeats)).toFixed(4)}`);
}
