import { describe, expect, it } from 'vitest';
import { complaints } from './complaints.spec.js';
import { curves, heatMap, html, page, scoreTable } from './index.js';
import { wilson } from './wilson.js';

const attention = { adapters: ['films', '<b>'], sites: [{ site: '0/output_adapter', weights: [0.9, 0.1] }] };
const whole = page({
  title: 'A & B',
  lead: html`<strong>${'1 < 2 "so"'}</strong>`,
  sections: [
    {
      heading: 'Scores',
      body: scoreTable('300 rows', [{ name: 'fusion', value: 0.8, trained: 1234, main: true }], 300),
    },
    { heading: 'Attention', body: heatMap('weights', attention) },
    { heading: 'Loss', body: curves('loss', 'loss', [{ name: 'films', values: [3, 2, 1] }]) },
  ],
  foot: ['one ', html`<code>two</code>`],
});

describe('a page', () => {
  it('is HTML that a parser has nothing against, and needs no other file', () => {
    expect(complaints(whole)).toEqual([]);
    expect(complaints(whole.replace('</h2>', ''))).toEqual(['<h2> is not closed']);
    expect(complaints(whole.replace('role="img"', 'role="img" role="x"'))).toEqual([
      expect.stringMatching('duplicate'),
    ]);
    expect(whole).not.toMatch(/\b(src|href)=|url\(|@import|https?:/);
    expect(whole).toMatch(/^<!doctype html>\s*<html lang="en">/);
  });

  it('has text as text', () => {
    expect(whole).toContain('<title>A &#38; B</title>');
    expect(whole).toContain('<strong>1 &#60; 2 &#34;so&#34;</strong>');
    expect(whole).toContain('<th scope="col">&#60;b&#62;</th>');
    expect(whole).not.toContain('<b>');
  });

  it('can be read without eyes: headings, captions, heads of rows and columns, names of pictures', () => {
    expect(whole.match(/<h1>/g)).toHaveLength(1);
    expect(whole.match(/<h2>/g)).toHaveLength(3);
    expect(whole.match(/<caption>/g)).toHaveLength(whole.match(/<table/g)!.length);
    expect(whole.match(/<th /g)!.length).toBe(whole.match(/<th [^>]*scope="/g)!.length);
    for (const [svg] of whole.matchAll(/<svg[^>]*>/g))
      expect(svg).toMatch(/aria-hidden="true"|role="img" aria-label="/);
  });
});

describe('parts', () => {
  it('a score has its interval, a bar as long as it is, and its parameters', () => {
    const { markup } = scoreTable('x', [{ name: 'a', value: 0.5, trained: 1234 }], 100);
    expect(markup).toContain('<td>50.0</td>');
    expect(markup).toContain('<td class="more">40.4 to 59.6</td>');
    expect(markup).toContain('width="500"');
    expect(markup).toContain('1,234');
  });

  it("Wilson's interval is that of the tables", () => {
    // Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29.
    for (const [right, rows, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const found = wilson(right / rows, rows);
      expect(found[0]).toBeCloseTo(low, 4);
      expect(found[1]).toBeCloseTo(high, 4);
    }
    expect(wilson(1, 5)[1]).toBe(1);
  });

  it('a heavy weight is dark, with light letters', () => {
    const { markup } = heatMap('x', attention);
    expect(markup).toContain('<td class="strong" style="--w: 0.900">0.90</td>');
    expect(markup).toContain('<td class="" style="--w: 0.100">0.10</td>');
  });

  it('free weights are shaded by size, up to the largest, and show their spread', () => {
    const sites = [{ site: '0/output_adapter', weights: [-2, 0.5], spread: [0.25, 0.1] }];
    const { markup } = heatMap('x', { adapters: ['a', 'b'], sites, free: true });
    expect(markup).toContain('<td class="strong" style="--w: 1.000">-2.00 ±0.25</td>');
    expect(markup).toContain('<td class="" style="--w: 0.250">0.50 ±0.10</td>');
  });

  it('a long curve is smoothed, a short one is drawn as it is, on an axis from 0', () => {
    const values = Array.from({ length: 600 }, (_, index) => (index < 300 ? 4 : 2));
    const { markup } = curves('x', 'loss', [
      { name: 'long', values },
      { name: 'short', values: [4] },
    ]);
    const [long, short] = [...markup.matchAll(/points="([^"]*)"/g)].map(([, points]) =>
      points!.split(' ').map((point) => point.split(',').map(Number)),
    );
    expect(long).toHaveLength(60);
    expect(new Set(long!.map(([, y]) => y))).toEqual(new Set([22, 128]));
    expect(short).toEqual([[377, 22]]);
    expect(markup).toMatch(/text-anchor="end">4<\/text>/);
  });
});
