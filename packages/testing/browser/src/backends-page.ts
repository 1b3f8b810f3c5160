import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPages } from './build-pages.js';
import { lackOfChromium, launch } from './chromium.js';
import { runPage } from './run-page.js';
import { canUnplug, play, SCENES } from './scenes.js';
import { serve } from './serve.js';

/*
 * `npm run backends`: what `doctor` and the refusals of every backend print, really run, written to docs/backends.md.
 */

const page = fileURLToPath(new URL('../../../../docs/backends.md', import.meta.url));
const scratch = join(mkdtempSync(join(tmpdir(), 'adapterfusion-scenes-')), 'scene');

const block = (args: readonly string[], output: string): string =>
  `\`\`\`console\n$ npx adapterfusion ${args.join(' ')}\n${output}\n\`\`\``;

function doctor(args: readonly string[]): string {
  return block(args, play({ title: 'doctor', args, installed: true, progress: false }, scratch));
}

/** Faults of WebGPU that only a browser can show, each from a page of its own. */
async function faults(): Promise<string> {
  if (lackOfChromium !== undefined) throw new Error(lackOfChromium);
  const pages = await buildPages(['faults']);
  const site = await serve({ '/': pages.folder });
  const browsers = { without: await launch(false), with: await launch(true) };
  const say = async (title: string, browser: keyof typeof browsers, name: string): Promise<string> => {
    const said = await runPage<string | { message: string }>(browsers[browser], `${site.url}faults.html`, name);
    return `### ${title}\n\n\`\`\`text\n${typeof said === 'string' ? said : said.message}\n\`\`\``;
  };
  const parts = [
    await say('A browser without WebGPU', 'without', 'open'),
    await say('A weight that is too large for the device', 'with', 'largeWeight'),
    await say('A result that is too large', 'with', 'largeResult'),
    await say('A kernel that the device refuses', 'with', 'brokenKernel'),
    await say('A device that is lost while it trains', 'with', 'lostWhileTraining'),
  ];
  for (const browser of Object.values(browsers)) await browser.close();
  site.close();
  pages.remove();
  return parts.join('\n\n');
}

/** The reason with which tests in a browser are skipped, asked of the module that says it. */
process.env['CHROMIUM'] = join(scratch, 'chromium');
const { lackOfChromium: withoutChromium } = (await import(
  `${new URL('./chromium.js', import.meta.url).href}?without`
)) as { lackOfChromium: string | undefined };

const scenes = SCENES.filter(({ offline }) => offline !== true || canUnplug());
if (scenes.length < SCENES.length) throw new Error('commands cannot be cut off from the network here: run it as root');
const text = `# What the backends say of themselves

Made by \`npm run backends\`: each block is what the command printed, or the error that a page caught. \`~\` and \`PROJECT\`
stand for folders of the machine. What the backends compute, side by side, is in [parity.md](parity.md); the codes are in
[errors.md](errors.md).

## doctor

${doctor(['doctor'])}

${doctor(['doctor', '--prove', 'native', 'wasm'])}

## What is missing

${scenes.map((scene) => `### ${scene.title}\n\n${block(scene.args, play(scene, scratch))}`).join('\n\n')}

### No Chromium

Only tests need it. They skip by this name, which \`npm test\` lists at its end:

\`\`\`text
${withoutChromium}
\`\`\`

## In a browser

${await faults()}
`;
rmSync(join(scratch, '..'), { recursive: true, force: true });
writeFileSync(page, text);
console.log(text);
