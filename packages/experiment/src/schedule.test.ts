import { expect, it } from 'vitest';
import { durationOf } from './duration.js';
import type { Run, Source } from './plan.js';
import { Schedule } from './schedule.js';

/** A run of which the schedule sees what it needs. */
const run = (id: string, ...needs: Run[]): Run => {
  const sources = needs.map((each): Source => ({ name: each.id, run: each }));
  return { id, label: id, sources, candidates: [] } as unknown as Run;
};
const [a, b, c] = [run('a'), run('b'), run('c')];
const both = run('both', a, b);
const runs = [a, b, c, both];
const SIZES: Readonly<Record<string, number>> = { a: 3, b: 4, c: 2, both: 20, chosen: 1 };
const scheduleOf = (memory?: number, done: readonly Run[] = [], all: readonly Run[] = runs): Schedule =>
  new Schedule({
    ...{ runs: all, isDone: (each) => done.includes(each), bytesOf: ({ id }) => SIZES[id]! },
    ...(memory === undefined ? {} : { memory }),
  });

it('a run waits for what it needs, done or failed', () => {
  const schedule = scheduleOf(undefined, [b]);
  expect([schedule.take(0), schedule.take(0), schedule.take(0)]).toEqual([a, c, undefined]);
  expect([schedule.empty, schedule.short]).toEqual([false, false]);
  schedule.settle(a);
  expect([schedule.take(0), schedule.empty]).toEqual([both, true]);
});

it('a run waits for those among which its learning rate is chosen', () => {
  const chosen: Run = { ...run('chosen'), candidates: [a, b] };
  const schedule = scheduleOf(undefined, [a], [a, b, chosen]);
  expect([schedule.take(0), schedule.take(0)]).toEqual([b, undefined]);
  schedule.settle(b);
  expect(schedule.take(0)).toBe(chosen);
});

it('runs beside each other fit into the memory; one alone always does', () => {
  const schedule = scheduleOf(6);
  // b would make 7.
  expect([schedule.take(0), schedule.take(0), schedule.take(0)]).toEqual([a, c, undefined]);
  expect(schedule.short).toBe(true);
  schedule.settle(a);
  expect(schedule.take(0)).toBe(b);
  schedule.settle(c);
  schedule.settle(b);
  expect([schedule.take(0), schedule.empty]).toEqual([both, true]);
});

it('a run that others hold is passed over for a while, and comes before later ones then', () => {
  const schedule = scheduleOf();
  expect(schedule.take(0)).toBe(a);
  schedule.putAside(a, 1000);
  expect([schedule.take(999), schedule.take(1000)]).toEqual([b, a]);
});

it('a run whose worker was lost is tried once more, alone', () => {
  const schedule = scheduleOf();
  expect([schedule.take(0), schedule.take(0)]).toEqual([a, b]);
  expect(schedule.again(a)).toBe(true);
  expect([schedule.take(0), schedule.take(0)]).toEqual([c, undefined]);
  schedule.settle(b);
  expect(schedule.take(0)).toBe(undefined);
  schedule.settle(c);
  expect([schedule.take(0), schedule.take(0)]).toEqual([a, undefined]);
  expect(schedule.again(a)).toBe(false);
});

it('beside a run that is tried alone none is taken, however much memory there is', () => {
  const schedule = scheduleOf(undefined, [], [a, b]);
  expect(schedule.take(0)).toBe(a);
  schedule.again(a);
  expect([schedule.take(0), schedule.take(0)]).toEqual([a, undefined]);
  schedule.settle(a);
  expect(schedule.take(0)).toBe(b);
});

it('how long it takes follows from places, needs and memory', () => {
  const seconds = ({ id }: Run): number => ({ a: 1, b: 5, c: 4, both: 10 })[id]!;
  expect(durationOf(scheduleOf(), 1, seconds)).toBe(20);
  // a and then c beside b, then both.
  expect(durationOf(scheduleOf(), 2, seconds)).toBe(15);
  expect(durationOf(scheduleOf(), 9, seconds)).toBe(15);
  // a beside c; b beside c once a is done; then both.
  expect(durationOf(scheduleOf(6), 9, seconds)).toBe(16);
  expect(durationOf(scheduleOf(1), 9, seconds)).toBe(20);
});
