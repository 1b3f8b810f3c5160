import { expect, it } from 'vitest';
import { rowsOf } from './rows.js';

it('makes a file of rows from lines', () => {
  expect(rowsOf('+ a\tb\n\n-no\n  + c \n- d\n', 'x')).toBe('text\tlabel\na b\tkind\nno\tunkind\nc\tkind\nd\tunkind\n');
});

it('names the line that has no sign or no sentence, and the label that has too few', () => {
  expect(() => rowsOf('+ a\nb', 'films')).toThrow('films, line 2: expected "+ a sentence" or "- a sentence"; got "b".');
  expect(() => rowsOf('+', 'films')).toThrow('films, line 1');
  expect(() => rowsOf('+ a\n+ b\n- c', 'films')).toThrow('films: expected at least 2 sentences with "-"; got 1.');
});
