import { expect, it } from 'vitest';
import { checkAnswers } from './compare.js';
import { start, startAfresh, type Command } from './process.js';

/** A worker that is ready after some milliseconds and says its process number as its answer. */
const worker = (wait: number): Command => ({
  program: process.execPath,
  args: [
    '-e',
    `const say = (line) => console.log(JSON.stringify(line));
     setTimeout(() => say({ ready: true, versions: { some: 1 }, answer: String(process.pid) }), ${wait});
     require('node:readline').createInterface({ input: process.stdin }).on('line', (word) =>
       say(word === 'step' ? { ms: 7 } : { peak_rss_mib: 40, padding: 0.25 }));`,
  ],
});

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('a worker steps in one process, says what it came to, and is gone at its end', async () => {
  const one = await start('worker', worker(0));
  expect([one.versions, await one.step()]).toEqual([{ some: 1 }, 7]);
  expect(alive(Number(one.answer))).toBe(true);
  expect(await one.end()).toEqual({ peak_rss_mib: 40, padding: 0.25 });
  expect(alive(Number(one.answer))).toBe(false);
});

it('work that starts afresh is a process a step, timed from its start until it is ready', async () => {
  const fresh = await startAfresh('worker', worker(300));
  expect(fresh.versions).toEqual({ some: 1 });
  expect(alive(Number(fresh.answer))).toBe(false);
  expect(await fresh.step()).toBeGreaterThanOrEqual(300);
  expect(await fresh.end()).toEqual({ peak_rss_mib: 40 });
});

it('both sides have to come to the same where they say what it is', () => {
  expect(() => checkAnswers('adapters', 'label 1', 'label 1')).not.toThrow();
  expect(() => checkAnswers('adapters', undefined, 'label 1')).not.toThrow();
  expect(() => checkAnswers('adapters', 'label 1', 'label 0')).toThrow('label 0');
});
