import { html, Html, type Content } from './html.js';
import { STYLE } from './style.js';

/** A part of a page. */
export interface Section {
  readonly heading: string;
  readonly body: Content;
}

/** What a page says. */
export interface Page {
  readonly title: string;
  /** The result in a few words. */
  readonly lead: Content;
  readonly sections: readonly Section[];
  /** How it was made, at the end. */
  readonly foot: Content;
}

/** A whole HTML page that needs no other file; it follows the reader's choice of light or dark and can be printed. */
export function page({ title, lead, sections, foot }: Page): string {
  const content = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <p class="lead">${lead}</p>
          </header>
          ${sections.map(
            ({ heading, body }) =>
              html`<section>
                <h2>${heading}</h2>
                ${body}
              </section>`,
          )}
          <footer>${foot}</footer>
        </main>
      </body>
    </html> `;
  return `${content.markup.trim()}\n`;
}
