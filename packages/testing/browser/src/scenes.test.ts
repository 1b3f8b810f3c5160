import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasTools, play, SCENES } from './scenes.js';

const page = readFileSync(new URL('../../../../docs/backends.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-scenes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Those that are the same on every machine that has the tools, and take no network. */
const same = ['No Python', 'No compiler', 'A wheel that is none', 'A backend that is not installed'];
const ready = hasTools() && process.platform === 'linux' && process.arch === 'x64';

describe('docs/backends.md', () => {
  it.each(SCENES.map(({ title }) => title))('shows: %s', (title) =>
    expect(page).toMatch(new RegExp(`^### ${title}\n\n\`\`\`console\n\\$ npx [^]*?^error [A-Z_]+: `, 'm')),
  );

  it.skipIf(!ready).each(SCENES.filter(({ title }) => same.includes(title)))(
    'has what the command prints today (needs Linux on x64 with python3, make, g++ and npm): $title',
    (scene) => {
      const printed = play(scene, join(folder, 'scene'));
      expect(page).toContain(`$ npx adapterfusion ${scene.args.join(' ')}\n${printed}\n\`\`\`\n`);
    },
  );
});
