import { setTimeout as rest } from 'node:timers/promises';
import { commandOf, peerWork, type Setting } from './commands.js';
import { start, type Stepping } from './process.js';
import type { Ready } from './protocol.js';
import { median, medianInterval } from './statistics.js';
import type { Comparison } from './work.js';

/** A result, as it is written to files. */
export interface Row {
  readonly case: string;
  readonly shape: string;
  readonly adapters: number;
  readonly batch: number;
  readonly length: number;
  readonly backend: string;
  readonly ms_median: number;
  readonly ms_min: number;
  readonly peak_rss_mib: number;
  readonly peer: string;
  readonly peer_ms_median: number;
  readonly peer_ms_min: number;
  readonly peer_peak_rss_mib: number;
  /** Median over the pairs of our time over the peer's, with the ends of its 90 % interval. */
  readonly ratio: number;
  readonly ratio_low: number;
  readonly ratio_high: number;
  readonly pairs: number;
}

/** A comparison's result with what computed on both sides. */
export interface Measured {
  readonly row: Row;
  readonly versions: { readonly ours: Ready['versions']; readonly peer: Ready['versions'] };
}

/** How a comparison is made. */
export interface Rhythm {
  readonly pairs: number;
  /** Steps of each before the first pair. */
  readonly warmup: number;
  /** Milliseconds between steps, in which the threads of the last one fall asleep. */
  readonly rest: number;
}

/**
 * Two long-lived processes, stepped in turn, the first of a pair alternating.
 * @throws UNSUPPORTED when one of them fails
 */
export async function compare(comparison: Comparison, setting: Setting, rhythm: Rhythm): Promise<Measured> {
  const { work, by, peer } = comparison;
  const running: Stepping[] = [];
  try {
    const ours = await start('ours', await commandOf('ours', work, setting));
    running.push(ours);
    const theirs = await start(peer, await commandOf(by, peerWork(comparison), setting));
    running.push(theirs);
    const step = async (one: Stepping): Promise<number> => {
      await rest(rhythm.rest);
      return one.step();
    };
    for (let count = 0; count < rhythm.warmup; count++) for (const each of running) await step(each);
    const times: [ours: number, theirs: number][] = [];
    for (let pair = 0; pair < rhythm.pairs; pair++) {
      const first = pair % 2 === 0 ? ours : theirs;
      const a = await step(first);
      const b = await step(first === ours ? theirs : ours);
      times.push(first === ours ? [a, b] : [b, a]);
    }
    const [mine, others] = [times.map(([own]) => own), times.map(([, other]) => other)];
    const ratio = medianInterval(times.map(([own, other]) => own / other));
    const row: Row = {
      ...work,
      backend: setting.backend,
      ms_median: round(median(mine), 2),
      ms_min: round(Math.min(...mine), 2),
      peak_rss_mib: await ours.end(),
      peer,
      peer_ms_median: round(median(others), 2),
      peer_ms_min: round(Math.min(...others), 2),
      peer_peak_rss_mib: await theirs.end(),
      ratio: round(ratio.median, 4),
      ratio_low: round(ratio.low, 4),
      ratio_high: round(ratio.high, 4),
      pairs: rhythm.pairs,
    };
    return { row, versions: { ours: ours.versions, peer: theirs.versions } };
  } finally {
    for (const each of running) each.kill();
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
