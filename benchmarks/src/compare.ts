import { setTimeout as rest } from 'node:timers/promises';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { commandOf, peerWork, type Setting } from './commands.js';
import { start, startAfresh, type Stepping } from './process.js';
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
  /** Share of the tokens that were padding, warm-up included; of real rows that are trained on. */
  readonly padding?: number;
  readonly peer_padding?: number;
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
 * @throws UNSUPPORTED when one of them fails, or they do not come to the same
 */
export async function compare(comparison: Comparison, setting: Setting, rhythm: Rhythm): Promise<Measured> {
  const { work, by, peer } = comparison;
  const running: Stepping[] = [];
  try {
    const begin = work.case === 'start' ? startAfresh : start;
    const ours = await begin('ours', await commandOf('ours', work, setting));
    running.push(ours);
    const theirs = await begin(peer, await commandOf(by, peerWork(comparison), setting));
    running.push(theirs);
    checkAnswers(peer, ours.answer, theirs.answer);
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
    const [mine, others] = [times.map(([a]) => a), times.map(([, b]) => b)];
    const ratio = medianInterval(times.map(([a, b]) => a / b));
    const [own, other] = [await ours.end(), await theirs.end()];
    const row: Row = {
      ...work,
      backend: setting.backend,
      ms_median: round(median(mine), 2),
      ms_min: round(Math.min(...mine), 2),
      peak_rss_mib: own.peak_rss_mib,
      peer,
      peer_ms_median: round(median(others), 2),
      peer_ms_min: round(Math.min(...others), 2),
      peer_peak_rss_mib: other.peak_rss_mib,
      ratio: round(ratio.median, 4),
      ratio_low: round(ratio.low, 4),
      ratio_high: round(ratio.high, 4),
      pairs: rhythm.pairs,
      ...(own.padding === undefined ? {} : { padding: round(own.padding, 4) }),
      ...(other.padding === undefined ? {} : { peer_padding: round(other.padding, 4) }),
    };
    return { row, versions: { ours: ours.versions, peer: theirs.versions } };
  } finally {
    for (const each of running) each.kill();
  }
}

/** @throws UNSUPPORTED where both sides say what they came to, and it is not the same */
export function checkAnswers(peer: string, ours: string | undefined, theirs: string | undefined): void {
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  throw new AdapterFusionError('UNSUPPORTED', {
    at: peer,
    expected: `what we come to, ${ours}`,
    got: theirs,
    fix: 'Times of different work are not compared: find out which of the two is wrong.',
  });
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
