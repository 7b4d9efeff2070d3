/**
 * A market that repeats recorded candles in place of the seeded walk: `--market record:FILE` (books: recorded-books.ts).
 *
 * Entry points: `readRecording`, `RecordedMarket`. The file is CSV, gzipped if its name ends in `.gz`, with a line of column names:
 * `open_time_ms`, `open`, `high`, `low`, `close`, in any order, and `symbol` (`BTC/USDT`) unless the option names the only one,
 * `record:BTC/USDT=FILE`; other columns are passed over. The mid goes from the open to one extreme, to the other and to the
 * close, on the tick grid and in equal steps; a candle that rose has its low first. Candles come one after the other at the
 * speed that is asked for, beginning with the first when the process starts; behind the last the price is held.
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { STEP_MS } from './market-process.ts';
import type { MarketSource } from './market-source.ts';

export interface RecordedCandle {
  readonly openAt: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
}

/** By unified symbol, oldest first. */
export type Recording = ReadonlyMap<string, readonly RecordedCandle[]>;

/** A recording that cannot be read; the message names file, line and reason. */
export class RecordingError extends Error {}

const COLUMNS = ['open_time_ms', 'open', 'high', 'low', 'close'] as const;

/** Reads `FILE` or `SYMBOL=FILE`. Throws a RecordingError. */
export async function readRecording(source: string): Promise<Recording> {
  const { only, path } = splitSource(source);
  return parseRecording(await readText(path), path, only);
}

/** `only`: the symbol that the option names; null: none. */
export function splitSource(source: string): { readonly only: string | null; readonly path: string } {
  const [, only = null, path = source] = /^([^=]+\/[^=]+)=(.+)$/.exec(source) ?? [];
  return { only, path };
}

/** The text of a file, gzipped if its name ends in `.gz`. Throws a RecordingError. */
export async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new RecordingError(`market: ${path} cannot be read: ${why}`);
  }
}

/** `only`: the symbol of all lines, where they name none. */
export function parseRecording(text: string, path: string, only: string | null): Recording {
  const [header = '', ...lines] = text.split('\n').map((line) => line.trim());
  const names = header.split(',');
  for (const column of [...COLUMNS, ...(only === null ? ['symbol'] : [])])
    if (!names.includes(column)) throw new RecordingError(`market: ${path} has no column ${column}`);
  const recording = new Map<string, RecordedCandle[]>();
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const values = line.split(',');
    const value = (column: string): string => values[names.indexOf(column)] ?? '';
    const refuse = (reason: string): RecordingError =>
      new RecordingError(`market: ${path} line ${index + 2}: ${reason}`);
    const candle = candleOf(value, refuse);
    const symbol = only ?? value('symbol');
    const known = recording.get(symbol);
    if (known === undefined) recording.set(symbol, [candle]);
    else {
      if (candle.openAt <= (known.at(-1)?.openAt ?? 0)) throw refuse('open_time_ms must rise');
      known.push(candle);
    }
  }
  if (recording.size === 0) throw new RecordingError(`market: ${path} has no candles`);
  return recording;
}

function candleOf(
  value: (column: string) => string,
  refuse: (reason: string) => RecordingError,
): RecordedCandle {
  const figure = (column: string): Decimal => {
    const parsed = Decimal.tryParse(value(column));
    if (typeof parsed === 'string' || !parsed.isPositive())
      throw refuse(`${column} must be a figure above zero`);
    return parsed;
  };
  const candle = {
    openAt: Number(value('open_time_ms')),
    open: figure('open'),
    high: figure('high'),
    low: figure('low'),
    close: figure('close'),
  };
  if (!Number.isSafeInteger(candle.openAt)) throw refuse('open_time_ms must be whole ms');
  const { open, high, low, close } = candle;
  if (high.lessThan(open.max(close)) || low.greaterThan(open.min(close)))
    throw refuse('open and close must lie between low and high');
  return candle;
}

/** The prices of one candle, `steps` of them (at least four): each turn of it, and what lies between in equal steps. */
export function pathOf(candle: RecordedCandle, steps: number, tick: Decimal): readonly Decimal[] {
  const { open, high, low, close } = candle;
  const turns = close.atLeast(open) ? [open, low, high, close] : [open, high, low, close];
  const perLeg = Math.max(1, Math.floor((steps - 1) / (turns.length - 1)));
  const prices: Decimal[] = [open];
  for (const [index, to] of turns.entries()) {
    const from = turns[index - 1];
    if (from === undefined) continue;
    for (let step = 1; step <= perLeg; step += 1) {
      const part = Decimal.fromInteger(step).divide(Decimal.fromInteger(perLeg), 18, 'half_even');
      prices.push(from.add(to.subtract(from).multiply(part)));
    }
  }
  return prices.map((price) => price.roundToMultipleOf(tick, 'half_even').max(tick));
}

/** How far each symbol of one venue has come. */
export class RecordedMarket implements MarketSource {
  readonly #recording: Recording;
  readonly #speed: number;
  #startedAt: number | null = null;
  readonly #shown = new Map<string, number>();

  /** `speed`: how many times faster than they were the candles come; above zero. */
  constructor(recording: Recording, speed: number) {
    this.#recording = recording;
    this.#speed = speed;
  }

  /** The maker quotes around the recorded price. */
  covers(): boolean {
    return false;
  }

  trouble(): null {
    return null;
  }

  /** Shows the exchange what is due at `nowMs`. Symbols that it does not list are passed over. */
  feed(exchange: Exchange, nowMs: number): void {
    this.#startedAt ??= nowMs;
    for (const [symbol, candles] of this.#recording) {
      const instrument = exchange.instrument(symbol);
      if (instrument === null) continue;
      const lengthMs = intervalOf(candles) / this.#speed;
      const due = Math.min(candles.length - 1, Math.floor((nowMs - this.#startedAt) / lengthMs));
      const candle = candles[due];
      if (candle === undefined || (this.#shown.get(symbol) ?? -1) >= due) continue;
      this.#shown.set(symbol, due);
      const steps = Math.max(1, Math.floor(lengthMs / STEP_MS));
      exchange.movePrice(nowMs, symbol, pathOf(candle, steps, instrument.priceTick), true);
    }
  }
}

const MINUTE_MS = 60_000;

/** The shortest time between two candles; a minute for a single one. */
function intervalOf(candles: readonly RecordedCandle[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const [index, { openAt }] of candles.entries())
    shortest = Math.min(shortest, openAt - (candles[index - 1]?.openAt ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(shortest) ? shortest : MINUTE_MS;
}
