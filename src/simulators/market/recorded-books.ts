/**
 * A market that repeats recorded books and trades: `--market record:SYMBOL=FILE` with a FILE that ends in `.jsonl` or `.jsonl.gz`.
 *
 * Entry points: `readBookRecording`, `RecordedBooks`. Each line is the time of receipt in nanoseconds since the epoch, a space, and a message of
 * Binance as it came: of the streams `@depth` (alone or in the envelope of combined streams), `@trade` or `@aggTrade`, and
 * `@markPrice` of swaps, and among them the answer of the REST endpoint `depth` that the changes join (`lastUpdateId`). Other
 * streams are passed over. The recording begins with that answer and goes on at the speed asked for; behind its last line the book
 * stays as it is. Sources: "How to manage a local order book correctly" of binance-spot-api-docs and of the USD-M documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { ShownTrade } from '../exchange/command.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { figureOf, gridLevels, gridTrade, isCrossed, type RawLevel } from './grid-levels.ts';
import type { MarketSource } from './market-source.ts';
import { RecordingError } from './recorded-market.ts';

/** One message of a recording; `afterMs`: since the first whole book. */
export type BookEvent = { readonly afterMs: number } & (
  | {
      readonly kind: 'snapshot' | 'change';
      readonly bids: readonly RawLevel[];
      readonly asks: readonly RawLevel[];
    }
  | { readonly kind: 'trade'; readonly trade: ShownTrade }
  | { readonly kind: 'mark'; readonly mark: Decimal; readonly index: Decimal | null }
);

/** By unified symbol, in the order of the file. */
export type BookRecording = ReadonlyMap<string, readonly BookEvent[]>;

const NS_PER_MS = 1_000_000n;

type Fields = Readonly<Record<string, unknown>>;

/** The update ids that a change says it covers, and the one that it follows where the venue says it. */
interface UpdateIds {
  readonly first: number;
  readonly last: number;
  readonly previous: number | null;
}

/** `text`: the whole file. Throws a RecordingError that names path and line. */
export function parseBookRecording(text: string, path: string): readonly BookEvent[] {
  const events: BookEvent[] = [];
  /** Changes from before the snapshot that it may not have. */
  const early: {
    readonly ids: UpdateIds;
    readonly levels: Pick<BookEvent & { kind: 'change' }, 'bids' | 'asks'>;
  }[] = [];
  let beganAt: bigint | null = null;
  let lastId: number | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const refuse = (reason: string): RecordingError =>
      new RecordingError(`market: ${path} line ${index + 1}: ${reason}`);
    const { receivedAt, message } = splitLine(line, refuse);
    const afterMs = beganAt === null ? 0 : Number((receivedAt - beganAt) / NS_PER_MS);
    if (afterMs < (events.at(-1)?.afterMs ?? 0)) throw refuse('times of receipt must not fall');
    if (typeof message['lastUpdateId'] === 'number') {
      // A later answer, taken again, says nothing that the changes have not said.
      if (beganAt !== null) continue;
      beganAt = receivedAt;
      lastId = message['lastUpdateId'];
      events.push({ afterMs: 0, kind: 'snapshot', ...levelsOf(message, 'bids', 'asks', refuse) });
      for (const { ids, levels } of early) {
        if (ids.last <= lastId) continue;
        lastId = joined(ids, lastId, refuse);
        events.push({ afterMs: 0, kind: 'change', ...levels });
      }
      continue;
    }
    if (message['e'] === 'depthUpdate') {
      const ids = idsOf(message, refuse);
      const levels = levelsOf(message, 'b', 'a', refuse);
      if (lastId === null) {
        early.push({ ids, levels });
        continue;
      }
      if (ids.last <= lastId) continue;
      lastId = joined(ids, lastId, refuse);
      events.push({ afterMs, kind: 'change', ...levels });
      continue;
    }
    const event = beganAt === null ? null : otherEvent(message, refuse);
    if (event !== null) events.push({ afterMs, ...event });
  }
  if (beganAt === null) throw new RecordingError(`market: ${path} has no whole book (lastUpdateId)`);
  return events;
}

function splitLine(
  line: string,
  refuse: (reason: string) => RecordingError,
): { readonly receivedAt: bigint; readonly message: Fields } {
  const [, time, json] = /^(\d{1,20}) (\{.*\})\s*$/.exec(line) ?? [];
  if (time === undefined || json === undefined)
    throw refuse('must be nanoseconds, a space and a JSON object');
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw refuse('is no JSON behind the time');
  }
  const whole = fieldsOf(parsed);
  return { receivedAt: BigInt(time), message: whole['data'] === undefined ? whole : fieldsOf(whole['data']) };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function idsOf(message: Fields, refuse: (reason: string) => RecordingError): UpdateIds {
  const { U: first, u: last, pu: previous } = message;
  if (typeof first !== 'number' || typeof last !== 'number') throw refuse('a depthUpdate needs U and u');
  return { first, last, previous: typeof previous === 'number' ? previous : null };
}

/** The update id after a change that joins the one before it. */
function joined(
  { first, last, previous }: UpdateIds,
  lastId: number,
  refuse: (reason: string) => RecordingError,
): number {
  if (first > lastId + 1 && previous !== lastId)
    throw refuse(`changes between update ${lastId} and ${first} are missing`);
  return last;
}

function levelsOf(
  message: Fields,
  bids: string,
  asks: string,
  refuse: (reason: string) => RecordingError,
): { readonly bids: readonly RawLevel[]; readonly asks: readonly RawLevel[] } {
  const side = (name: string): readonly RawLevel[] => {
    const levels = message[name];
    if (!Array.isArray(levels)) throw refuse(`needs a list ${name}`);
    return levels.map((level: unknown) => {
      const [price, quantity] = Array.isArray(level)
        ? [figureOf(level[0]), Decimal.tryParse(String(level[1]))]
        : [];
      if (price === undefined || price === null || quantity === undefined || typeof quantity === 'string')
        throw refuse(`${name} must hold pairs of a price above zero and a quantity`);
      return [price, quantity] as const;
    });
  };
  return { bids: side(bids), asks: side(asks) };
}

/** Null for streams that are passed over, and for trades with the insurance fund and the like, which have no place in the market. */
function otherEvent(
  message: Fields,
  refuse: (reason: string) => RecordingError,
):
  | { readonly kind: 'trade'; readonly trade: ShownTrade }
  | { readonly kind: 'mark'; readonly mark: Decimal; readonly index: Decimal | null }
  | null {
  const { e: name, X: origin = 'MARKET', m: isBuyerMaker, p, q, i } = message;
  if ((name === 'trade' || name === 'aggTrade') && origin === 'MARKET') {
    const [price, quantity] = [figureOf(p), figureOf(q)];
    if (price === null || quantity === null) throw refuse('a trade needs p and q above zero');
    return { kind: 'trade', trade: { side: isBuyerMaker === true ? 'sell' : 'buy', price, quantity } };
  }
  if (name !== 'markPriceUpdate') return null;
  const mark = figureOf(p);
  if (mark === null) throw refuse('a mark price must be above zero');
  return { kind: 'mark', mark, index: figureOf(i) };
}

/** Where the replay of one symbol stands. */
interface Replay {
  readonly symbol: string;
  readonly events: readonly BookEvent[];
  next: number;
  readonly bids: Map<string, RawLevel>;
  readonly asks: Map<string, RawLevel>;
  mark: Decimal | null;
  index: Decimal | null;
}

/** Repeats recorded books from the first call of `feed` on. */
export class RecordedBooks implements MarketSource {
  readonly #speed: number;
  readonly #replays: readonly Replay[];
  #startedAt: number | null = null;

  /** `speed`: how many times faster than it was recorded; above zero. */
  constructor(recording: BookRecording, speed: number) {
    this.#speed = speed;
    this.#replays = [...recording].map(([symbol, events]) => ({
      symbol,
      events,
      next: 0,
      bids: new Map(),
      asks: new Map(),
      mark: null,
      index: null,
    }));
  }

  covers(symbol: string): boolean {
    return this.#replays.some((replay) => replay.symbol === symbol);
  }

  trouble(): null {
    return null;
  }

  /** Symbols that the exchange does not list are passed over. */
  feed(exchange: Exchange, nowMs: number): void {
    this.#startedAt ??= nowMs;
    const due = (nowMs - this.#startedAt) * this.#speed;
    for (const replay of this.#replays) {
      const instrument = exchange.instrument(replay.symbol);
      if (instrument === null) continue;
      const from = replay.next;
      while ((replay.events[replay.next]?.afterMs ?? Number.POSITIVE_INFINITY) <= due) replay.next += 1;
      if (replay.next === from) continue;
      const trades: ShownTrade[] = [];
      for (const event of replay.events.slice(from, replay.next)) apply(replay, event, trades);
      const levels = (side: 'bids' | 'asks'): ReturnType<typeof gridLevels> =>
        gridLevels(instrument, side, bestFirst(replay, side));
      const shown = { bids: levels('bids'), asks: levels('asks') };
      if (isCrossed(shown)) continue;
      exchange.showMarket(nowMs, replay.symbol, {
        ...shown,
        trades: trades.map((trade) => gridTrade(instrument, trade)).filter((trade) => trade !== null),
        last: null,
        mark: replay.mark,
        index: replay.index,
      });
    }
  }
}

function apply(replay: Replay, event: BookEvent, trades: ShownTrade[]): void {
  switch (event.kind) {
    case 'trade':
      trades.push(event.trade);
      return;
    case 'mark':
      replay.mark = event.mark;
      replay.index = event.index;
      return;
    case 'snapshot':
    case 'change':
      for (const side of ['bids', 'asks'] as const)
        for (const level of event[side]) {
          const [price, quantity] = level;
          if (quantity.isPositive()) replay[side].set(price.toString(), level);
          else replay[side].delete(price.toString());
        }
  }
}

function bestFirst(replay: Replay, side: 'bids' | 'asks'): readonly RawLevel[] {
  const sign = side === 'bids' ? -1 : 1;
  return [...replay[side].values()].sort(([left], [right]) => sign * left.compare(right));
}
