import { joinBytes } from '@adapterfusion/data';
import type { RunEvent } from 'adapterfusion';

/** Numbers at a step, by the name of their curve. */
interface Point {
  /** Seconds since the run began, all of them spent in steps. */
  readonly time: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/**
 * A run's numbers as a file of TensorBoard: records of TensorFlow's `Event`, each with scalars. A function of the events: times are
 * those of the steps, from 0.
 */
export function eventFile(events: readonly RunEvent[]): Uint8Array {
  const head = record(joinBytes([double(1, 0), text(3, 'brain.Event:2')]));
  return joinBytes([head, ...pointsOf(events).map((point) => record(eventOf(point)))]);
}

/** The points of a run, phase by phase. */
function pointsOf(events: readonly RunEvent[]): Point[] {
  const points: Point[] = [];
  let time = 0;
  let stages = 0;
  for (const event of events) {
    if (event.type === 'step') {
      time += event.seconds;
      const { phase, step, loss, penalty, learningRate, gradientNorm, task } = event;
      const own = task === undefined ? {} : { [`${phase}/loss of ${task}`]: loss };
      const common = { loss, penalty, 'learning rate': learningRate, 'gradient norm': gradientNorm };
      points.push({ time, step, values: { ...named(phase, common), ...own } });
    } else if (event.type === 'evaluation')
      points.push({ time, step: event.step, values: named(`${event.phase}/measured`, event.metrics) });
    else if (event.type === 'stage') {
      const found = Object.entries(event.metrics).flatMap(([task, metrics]) =>
        Object.entries(metrics).map(([metric, value]) => [`learned so far/${task}, ${metric}`, value]),
      );
      points.push({ time, step: ++stages, values: Object.fromEntries(found) as Point['values'] });
    }
  }
  return points;
}

const named = (prefix: string, values: Point['values']): Point['values'] =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));

/** `Event { wall_time: double = 1; step: int64 = 2; summary: Summary = 5 }`, `Summary { value = 1 { tag = 1; simple_value = 2 } }`. */
function eventOf({ time, step, values }: Point): Uint8Array {
  const scalars = Object.entries(values).map(([tag, value]) => message(1, joinBytes([text(1, tag), float(2, value)])));
  return joinBytes([double(1, time), key(2, 0), varint(step), message(5, joinBytes(scalars))]);
}

/** Length, its checksum, the bytes, their checksum, as TensorFlow frames records. */
const record = (bytes: Uint8Array): Uint8Array => {
  const length = joinBytes([little(bytes.length), little(0)]);
  return joinBytes([length, little(masked(length)), bytes, little(masked(bytes))]);
};

/** CRC-32C (Castagnoli), turned and shifted so that a checksum of checksums is none. */
function masked(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0);
  }
  sum = ~sum;
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

const key = (field: number, kind: number): Uint8Array => varint(field * 8 + kind);
const message = (field: number, bytes: Uint8Array): Uint8Array =>
  joinBytes([key(field, 2), varint(bytes.length), bytes]);
const text = (field: number, value: string): Uint8Array => message(field, new TextEncoder().encode(value));

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function little(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function double(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joinBytes([key(field, 1), bytes]);
}

function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([key(field, 5), bytes]);
}
