import { html, type Html } from './html.js';

/** A run's values, one a step. */
export interface Curve {
  readonly name: string;
  readonly values: readonly number[];
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, LEGEND] = [720, 270, 44, 36, 22, 210];
const POINTS = 60;
/** How many lines can be told apart. */
export const KINDS = 10;
/** Height of a line of the legend. */
const ROW = 18;
const FEW = 4;

/**
 * Curves over the share of each run that is done, smoothed to 60 points, from 0 up. Ten are told apart by colour and dashes.
 * @param caption what they show
 * @param unit what the vertical axis counts
 */
export function curves(caption: string, unit: string, given: readonly Curve[]): Html {
  const smooth = given.map(({ name, values }) => ({ name, values: smoothed(values) }));
  const top = niceTop(Math.max(...smooth.flatMap(({ values }) => values)));
  // The names of a few stand on the free part of the picture, those of many beside it.
  const right = WIDTH - (given.length > FEW ? LEGEND + 6 : 10);
  const x = (share: number): string => (LEFT + share * (right - LEFT)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  const path = (values: readonly number[]): string =>
    values.map((value, index) => `${x((index + 0.5) / values.length)},${y(value)}`).join(' ');
  const legend = smooth.map(
    ({ name }, index) =>
      html`<line
          class="key c${index % KINDS}"
          x1="${WIDTH - LEGEND}"
          x2="${WIDTH - LEGEND + 30}"
          y1="${20 + index * ROW}"
          y2="${20 + index * ROW}"
        />
        <text x="${WIDTH - LEGEND + 38}" y="${24 + index * ROW}">${name}</text>`,
  );
  return html`<figure>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${caption}">
      ${[0, top / 2, top].map(
        (value) =>
          html`<line class="axis" x1="${LEFT}" x2="${right}" y1="${y(value)}" y2="${y(value)}" />
            <text x="${LEFT - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${value}</text>`,
      )}
      <text x="${x(0)}" y="${HEIGHT - 14}">start</text>
      <text x="${x(1)}" y="${HEIGHT - 14}" text-anchor="end">end of training</text>
      <text x="${LEFT - 6}" y="${TOP - 10}" text-anchor="end">${unit}</text>
      ${smooth.map(({ values }, index) => html`<polyline class="curve c${index % KINDS}" points="${path(values)}" />`)}
      ${legend}
    </svg>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** Means of as many equal stretches as there are points, or the values themselves where they are fewer. */
function smoothed(values: readonly number[]): number[] {
  const count = Math.min(POINTS, values.length);
  return Array.from({ length: count }, (_, index) => {
    const part = values.slice(
      Math.floor((index * values.length) / count),
      Math.floor(((index + 1) * values.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** The next of 1, 2, 4, 5 and 10 times a power of ten. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return power * ([1, 2, 4, 5, 10].find((factor) => factor * power >= value) ?? 10);
}
