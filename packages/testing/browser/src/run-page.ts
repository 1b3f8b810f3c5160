import type { Browser, Page } from 'playwright-core';

/** A page that is open and has said that it is ready. */
interface OpenPage {
  readonly page: Page;
  /** What the page complained of on its console, or did not catch. */
  readonly complaints: readonly string[];
  /** Calls what the page offers as `globalThis.run`. @throws when the page does, or complained of anything */
  run<T>(input?: unknown): Promise<T>;
  close(): Promise<void>;
}

/** Opens a page in a context of its own: one backend each. */
async function openPage(browser: Browser, url: string): Promise<OpenPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  await page.goto(url);
  await page.waitForFunction('globalThis.run !== undefined', undefined, { timeout: 60_000 }).catch((error: unknown) => {
    throw new Error(`${url} did not start: ${complaints.join('\n')}`, { cause: error });
  });
  return {
    page,
    complaints,
    async run<T>(input?: unknown) {
      const result = await page.evaluate(
        (given) => (globalThis as unknown as { run(input: unknown): Promise<unknown> }).run(given),
        input,
      );
      if (complaints.length > 0) throw new Error(complaints.join('\n'));
      return result as T;
    },
    close: () => context.close(),
  };
}

/** Opens a page, runs it, closes it. */
export async function runPage<T>(browser: Browser, url: string, input?: unknown): Promise<T> {
  const opened = await openPage(browser, url);
  try {
    return await opened.run<T>(input);
  } finally {
    await opened.close();
  }
}
