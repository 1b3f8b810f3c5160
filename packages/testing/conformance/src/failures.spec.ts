import { expect } from 'vitest';
import type { TestRunner } from './index.js';

type Suite = (runner: TestRunner) => void;

function testsOf(suite: Suite): [name: string, body: () => Promise<void>][] {
  const tests: [string, () => Promise<void>][] = [];
  suite({ describe: (_, body) => body(), it: (name, body) => void tests.push([name, body]) });
  return tests;
}

/** Names of the tests that a suite registers. */
export const namesOf = (suite: Suite): string[] => testsOf(suite).map(([name]) => name);

/** Runs the tests that a suite registers with a test runner. @returns the messages of those that fail, by name */
export async function failuresOf(suite: Suite, only?: string): Promise<Map<string, string>> {
  const chosen = testsOf(suite).filter(([name]) => only === undefined || name === only);
  expect(chosen.length, only ?? 'tests').toBeGreaterThan(0);
  const failures = new Map<string, string>();
  for (const [name, body] of chosen)
    try {
      await body();
    } catch (error) {
      failures.set(name, String(error));
    }
  return failures;
}
