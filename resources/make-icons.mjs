// Draws every icon from resources/mark/*.svg into resources/icons. Run: npm run icons
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Icns, IcnsImage } from '@fiahfy/icns';
import { Resvg } from '@resvg/resvg-js';
import pngToIco from 'png-to-ico';

const CORAL = '#d0583c';
const PAPER = '#faf8f4';
const INK = '#1b1a19';

const root = import.meta.dirname;
const out = join(root, 'icons');

const states = /** @type {const} */ (['open', 'closed', 'attention']);
const marks = Object.fromEntries(
  states.map((state) => [state, readFileSync(join(root, 'mark', `${state}.svg`), 'utf8')]),
);

/** @param {string} svg @param {number} px the width of the result */
function draw(svg, px) {
  return new Resvg(svg, { fitTo: { mode: 'width', value: px } }).render().asPng();
}

/** @param {string} svg @param {string} colour */
const coloured = (svg, colour) => svg.replace('color="#000"', `color="${colour}"`);

/** @param {number} margin the empty border of the 1024 canvas, as macOS wants it and nobody else */
function appIcon(margin) {
  const side = 1024 - 2 * margin;
  const claw = coloured(marks.open, PAPER)
    .replace(
      '<svg ',
      `<svg x="${512 - side * 0.33}" y="${512 - side * 0.33}" width="${side * 0.66}" height="${side * 0.66}" `,
    )
    .replace(/<!--.*?-->\s*/, '');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">
    <rect x="${margin}" y="${margin}" width="${side}" height="${side}" rx="${side * 0.225}" fill="${CORAL}"/>${claw}</svg>`;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'tray'), { recursive: true });
mkdirSync(join(out, 'app'), { recursive: true });

/** @param {string} name @param {Uint8Array} data */
const write = (name, data) => writeFileSync(join(out, name), data);

// Electron finds the larger ones by their suffix. macOS tints whatever is called …Template.
const scales = /** @type {const} */ ([
  [1, ''],
  [1.25, '@1.25x'],
  [1.5, '@1.5x'],
  [2, '@2x'],
  [3, '@3x'],
]);
for (const state of states) {
  for (const [scale, suffix] of scales) {
    const px = Math.round(16 * scale);
    write(`tray/${state}-on-light${suffix}.png`, draw(coloured(marks[state], INK), px));
    write(`tray/${state}-on-dark${suffix}.png`, draw(coloured(marks[state], PAPER), px));
    if (Number.isInteger(scale)) write(`tray/${state}Template${suffix}.png`, draw(marks[state], px));
  }
}

const plain = appIcon(0);
for (const px of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) write(`app/${px}x${px}.png`, draw(plain, px));
write('icon.ico', await pngToIco([16, 24, 32, 48, 64, 128, 256].map((px) => draw(plain, px))));

const icns = new Icns();
for (const [osType, px] of /** @type {const} */ ([
  ['icp4', 16],
  ['ic11', 32],
  ['icp5', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
])) {
  icns.append(IcnsImage.fromPNG(draw(appIcon(100), px), osType));
}
write('icon.icns', icns.data);
