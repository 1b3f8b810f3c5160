import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { learn } from './learn.js';
import { rowsOf } from './rows.js';
import { FILMS, HELD_OUT, PRODUCTS, RESTAURANTS } from './sentences.js';

const pocket = (name: string): Blob =>
  new Blob([readFileSync(new URL(`../../../packages/models/pocket/${name}`, import.meta.url))]);
const encoder = Object.fromEntries(
  ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].map((name) => [name, pocket(name)]),
);
const rows = {
  films: rowsOf(FILMS, 'films'),
  restaurants: rowsOf(RESTAURANTS, 'restaurants'),
  products: rowsOf(PRODUCTS, 'products'),
};
const lesson = { encoder, rows, heldOut: rowsOf(HELD_OUT, 'held out'), backend: 'wasm' } as const;

it('trains its three parts in turn, and hands over what answers', async () => {
  const steps: string[] = [];
  const onStep = ({ stage, done, total }: { stage: string; done: number; total: number }): void =>
    void steps.push(`${stage} ${done}/${total}`);
  const { model, table } = (await learn({ ...lesson, epochs: { films: 1, restaurants: 1, products: 2 }, onStep }))!;
  expect(steps).toEqual([
    'films 1/2',
    'films 2/2',
    'restaurants 1/2',
    'restaurants 2/2',
    'products 1/2',
    'products 2/2',
  ]);
  expect(table.rows).toBe(10);
  expect(table.attention!.adapters).toEqual(['films', 'restaurants']);
  const [answer] = await model.predict(['I love this thing.'], { attention: true });
  expect(Object.keys(answer!.scores).sort()).toEqual(['kind', 'unkind']);
  expect(Object.values(answer!.attention!)).toHaveLength(4);
  model.dispose();
}, 600_000);

it('stops at the signal', async () => {
  const controller = new AbortController();
  const learned = await learn({ ...lesson, signal: controller.signal, onStep: () => controller.abort() });
  expect(learned).toBeUndefined();
});
