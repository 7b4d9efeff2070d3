/**
 * The option `--market`: where the prices come from. Entry points: `marketOptionFault`, `readMarketOption`.
 *
 * `record:FILE` and `record:SYMBOL=FILE` (several times for several files) repeat what was recorded; `mirror` and
 * `mirror:SYMBOL,SYMBOL` follow the live exchange.
 */
import type { Instrument } from '../exchange/instrument.ts';
import type { MarketSource } from './market-source.ts';
import { parseBookRecording, RecordedBooks, type BookEvent } from './recorded-books.ts';
import {
  parseRecording,
  readText,
  RecordedMarket,
  RecordingError,
  splitSource,
  type RecordedCandle,
} from './recorded-market.ts';

/** Recorded markets, read; or the symbols of which the live market is followed, null for all. */
export type MarketChoice =
  | { readonly kind: 'recorded'; readonly open: () => MarketSource }
  | { readonly kind: 'mirrored'; readonly symbols: readonly string[] | null };

const RECORD = /^record:(.+)$/;
const MIRROR = /^mirror(?::([^,\s]+(?:,[^,\s]+)*))?$/;

/** The fault of one value of the option; null: none. */
export function marketOptionFault(text: string): string | null {
  return RECORD.test(text) || MIRROR.test(text)
    ? null
    : 'must be record:FILE, record:SYMBOL=FILE, mirror or mirror:SYMBOL,SYMBOL';
}

/** Reads the files that are named. Throws a RecordingError. `speed`: how many times faster recordings come. */
export async function readMarketOption(texts: readonly string[], speed: number): Promise<MarketChoice> {
  for (const text of texts) {
    const fault = marketOptionFault(text);
    if (fault !== null) throw new RecordingError(`market: ${fault}`);
  }
  const mirrors = texts.map((text) => MIRROR.exec(text)).filter((match) => match !== null);
  if (mirrors.length > 0) {
    if (texts.length > 1) throw new RecordingError('market: mirror goes with nothing else');
    return { kind: 'mirrored', symbols: mirrors[0]?.[1]?.split(',') ?? null };
  }
  const candles = new Map<string, readonly RecordedCandle[]>();
  const books = new Map<string, readonly BookEvent[]>();
  for (const text of texts) {
    const { only, path } = splitSource(RECORD.exec(text)?.[1] ?? '');
    const content = await readText(path);
    const known = (symbol: string): boolean => candles.has(symbol) || books.has(symbol);
    const twice = (symbol: string): RecordingError =>
      new RecordingError(`market: ${path} is the second recording of ${symbol}`);
    if (!/\.jsonl(\.gz)?$/.test(path)) {
      for (const [symbol, rows] of parseRecording(content, path, only)) {
        if (known(symbol)) throw twice(symbol);
        candles.set(symbol, rows);
      }
      continue;
    }
    if (only === null)
      throw new RecordingError(`market: ${path} names no unified symbol: record:SYMBOL=${path}`);
    if (known(only)) throw twice(only);
    books.set(only, parseBookRecording(content, path));
  }
  return {
    kind: 'recorded',
    open: () => together(new RecordedMarket(candles, speed), new RecordedBooks(books, speed)),
  };
}

function together(...sources: readonly MarketSource[]): MarketSource {
  return {
    covers: (symbol) => sources.some((source) => source.covers(symbol)),
    feed: (exchange, nowMs) => {
      for (const source of sources) source.feed(exchange, nowMs);
    },
    trouble: (nowMs) => sources.map((source) => source.trouble(nowMs)).find((why) => why !== null) ?? null,
  };
}

/** Of these something comes every second: they show whether a connection lives. */
const PULSE: readonly string[] = ['BTC/USDT', 'BTC/USDT:USDT'];

/** The instruments to follow when `symbols` are named: those, and BTC of each kind. One that shares a book follows that. */
export function instrumentsToFollow(
  instruments: readonly Instrument[],
  symbols: readonly string[] | null,
): readonly Instrument[] {
  const withBook = instruments.filter(({ sharesBookOf }) => sharesBookOf === undefined);
  return symbols === null
    ? withBook
    : withBook.filter(({ symbol }) => symbols.includes(symbol) || PULSE.includes(symbol));
}
