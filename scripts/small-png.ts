import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Bytes of a pixel: red, green and blue. */
const PIXEL = 3;
const COLOURS = 256;
const SIGNATURE = 8;

/**
 * A picture of a page in a fraction of its bytes: its 256 most frequent colours, and the nearest of them
 * for the rest, which are shades at the edges of letters.
 *
 * @param png 8 bits a channel, without transparency, as browsers write pictures of pages
 */
export function smallPng(png: Buffer): Buffer {
  const header = chunk(png, 'IHDR')[0] ?? Buffer.alloc(0);
  const [width, height, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9]];
  if (kind !== 2) throw new Error('not a picture of red, green and blue');
  const pixels = unfilter(inflateSync(Buffer.concat(chunk(png, 'IDAT'))), width, height);
  const palette = frequent(pixels);
  const indexOf = nearestIn(palette);
  const rows = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < width * height; at += 1) {
    const row = Math.floor(at / width);
    rows[at + row + 1] = indexOf(pixels.readUIntBE(at * PIXEL, PIXEL));
  }
  header[9] = 3;
  return Buffer.concat([
    png.subarray(0, SIGNATURE),
    written('IHDR', header),
    written('PLTE', Buffer.from(palette.flatMap(channels))),
    written('IDAT', deflateSync(rows, { level: 9 })),
    written('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(png: Buffer, wanted: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = SIGNATURE; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === wanted) {
      found.push(Buffer.from(png.subarray(at + 8, at + 8 + length)));
    }
    at += length + 12;
  }
  return found;
}

function written(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** The filters of PNG (§9.2 of its specification), taken back. */
function unfilter(filtered: Buffer, width: number, height: number): Buffer {
  const stride = width * PIXEL;
  const pixels = Buffer.alloc(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = filtered[row * (stride + 1)];
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column < PIXEL ? 0 : (pixels[at - PIXEL] ?? 0);
      const up = row === 0 ? 0 : (pixels[at - stride] ?? 0);
      const corner = column < PIXEL || row === 0 ? 0 : (pixels[at - stride - PIXEL] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      pixels[at] = (filtered[row * (stride + 1) + 1 + column] ?? 0) + guess;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function frequent(pixels: Buffer): number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += PIXEL) {
    const colour = pixels.readUIntBE(at, PIXEL);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const ordered = [...counts].sort(([, one], [, other]) => other - one);
  return ordered.slice(0, COLOURS).map(([colour]) => colour);
}

function nearestIn(palette: readonly number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  const distance = (one: number, other: number) =>
    channels(one).reduce((sum, value, at) => sum + (value - (channels(other)[at] ?? 0)) ** 2, 0);
  return (colour) => {
    const index =
      known.get(colour) ??
      palette.reduce(
        (best, candidate, at) =>
          distance(candidate, colour) < distance(palette[best] ?? 0, colour) ? at : best,
        0,
      );
    known.set(colour, index);
    return index;
  };
}

function channels(colour: number): [number, number, number] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}
