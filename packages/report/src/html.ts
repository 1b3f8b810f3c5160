/** Markup that goes into a page as it is. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What may stand in {@link html}: text is escaped, markup is not; of a list each. */
export type Content = Html | string | number | readonly Content[];

/** Markup with values in it: html`<p>${text}</p>`. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.map((text, index) => text + (index < values.length ? markup(values[index]!) : '')).join(''));
}

function markup(value: Content): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(markup).join('');
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
