/**
 * The public market of a live exchange, followed over its WebSocket streams by ccxt: books, trades, and the marks of swaps.
 *
 * Entry points: `LiveMarket`, `ccxtClient`. Every symbol is followed by itself and again after each failure, with pauses that grow; a
 * symbol whose stream failed has no book until the next one comes. Nothing here has to do with an account.
 */
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import type { Decimal } from '../../core/decimal.ts';
import type { Clock } from '../clock.ts';
import type { ShownTrade } from '../exchange/command.ts';
import type { Instrument, MarketType } from '../exchange/instrument.ts';
import type { VenueName } from '../venue-protocol.ts';
import { figureOf, type RawLevel } from './grid-levels.ts';

/** The parts of a `ccxt.pro` exchange that are used. */
export interface LiveClient {
  readonly has: Readonly<Record<string, unknown>>;
  readonly markets: Readonly<Record<string, LiveListing | undefined>> | undefined;
  loadMarkets(reload?: boolean): Promise<unknown>;
  fetchTicker(symbol: string): Promise<{ readonly last?: unknown }>;
  watchOrderBook(symbol: string): Promise<LiveOrderBook>;
  watchTrades(symbol: string): Promise<readonly LiveTrade[]>;
  watchMarkPrice(symbol: string): Promise<LiveMark>;
  watchTicker(symbol: string): Promise<LiveMark>;
  close(): Promise<unknown>;
}

interface LiveListing {
  readonly contractSize?: number | undefined;
}

/** Best first; ccxt changes it in place. */
interface LiveOrderBook {
  readonly bids: readonly (readonly unknown[])[];
  readonly asks: readonly (readonly unknown[])[];
}

interface LiveTrade {
  readonly side?: unknown;
  readonly price?: unknown;
  readonly amount?: unknown;
}

interface LiveMark {
  readonly markPrice?: unknown;
  readonly indexPrice?: unknown;
}

/** Where one symbol stands at the exchange. */
export interface LiveSymbol {
  readonly symbol: string;
  readonly marketType: MarketType;
  /** Base units in one unit of quantity there. */
  readonly contractSize: Decimal | null;
  /** Rises with everything that comes of the symbol. */
  readonly version: number;
  /** Null until it is known, and from a failure on until it is known again. */
  readonly isKnown: boolean;
  readonly mark: Decimal | null;
  readonly index: Decimal | null;
}

/** Unread trades of a symbol that are kept; a reader reads many times a second. */
const MAX_TRADES = 1000;
export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 30_000;
/** Without an answer to a ping within twice this, a connection is given up. */
const KEEP_ALIVE_MS = 10_000;
/** As many levels as the venue is asked for where a number has to be given: more than are shown. */
const BOOK_LEVELS = 100;

/** The kinds of instruments that are listed, in ccxt's words for each exchange. */
const LISTED_TYPES: Readonly<Partial<Record<VenueName, readonly string[]>>> = {
  binance: ['spot', 'linear'],
  bybit: ['spot', 'linear'],
  okx: ['spot', 'swap'],
};

/** ccxt's own client of the exchange, as its public market needs it. ccxt is loaded at the first call alone. */
export async function ccxtClient(venue: VenueName): Promise<LiveClient> {
  const { default: ccxt } = await import('ccxt');
  const classes = ccxt.pro as unknown as Readonly<Record<string, new (options: object) => LiveClient>>;
  const Client = classes[venue];
  const types = LISTED_TYPES[venue];
  if (Client === undefined || types === undefined) throw new Error(`ccxt does not follow ${venue}`);
  return new Client({
    enableRateLimit: true,
    newUpdates: true,
    streaming: { keepAlive: KEEP_ALIVE_MS },
    options: {
      fetchMarkets: { types },
      watchOrderBookLimit: BOOK_LEVELS,
    },
  });
}

interface Followed extends LiveSymbol {
  isKnown: boolean;
  version: number;
  mark: Decimal | null;
  index: Decimal | null;
  contractSize: Decimal | null;
  book: LiveOrderBook | null;
  last: Decimal | null;
  trades: ShownTrade[];
}

export class LiveMarket {
  readonly venue: VenueName;
  readonly #client: LiveClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wanted: readonly Instrument[];
  readonly #ending = new AbortController();
  readonly #followed = new Map<string, Followed>();
  readonly #receivedAt = new Map<MarketType, number>();
  #work: Promise<void> = Promise.resolve();
  /** Whether the loss of something was logged, and nothing has come since. */
  #isLost = false;
  /** Why the exchange's list of instruments is not there; null: it is. */
  #unlisted: string | null = 'its instruments have not been read';

  /** `instruments`: those that are to be followed; what the exchange does not list is passed over. */
  constructor(
    venue: VenueName,
    instruments: readonly Instrument[],
    client: LiveClient,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.venue = venue;
    this.#wanted = instruments;
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
    // Each stream that is followed waits for it.
    setMaxListeners(0, this.#ending.signal);
  }

  /** Begins to follow; what fails is tried again until `close`. */
  start(): void {
    this.#work = this.#run();
  }

  /** Resolves with the reason why the exchange cannot be followed, or with null when a book of each kind is there. */
  async reached(withinMs: number): Promise<string | null> {
    const until = this.#clock.nowMs() + withinMs;
    for (;;) {
      const missing = this.#missing();
      if (missing === null || this.#clock.nowMs() >= until) return missing;
      await this.#clock.sleep(REACHED_POLL_MS, this.#ending.signal);
    }
  }

  /** Resolves when nothing is followed any more; connections that ccxt is opening at this moment may end later. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#work;
    this.#client.close().catch((failure: unknown) => {
      this.#logger.debug({ venue: this.venue, err: failure }, 'the live market is left with a failure');
    });
  }

  /** The symbols that both sides list, in the order of the venue's instruments. */
  symbols(): readonly LiveSymbol[] {
    return [...this.#followed.values()];
  }

  /** The kinds of market that are followed, and when something last came of each, ms since the epoch; null: never. */
  receivedAt(): ReadonlyMap<MarketType, number | null> {
    return new Map(
      this.#wanted.map(({ marketType }) => [marketType, this.#receivedAt.get(marketType) ?? null]),
    );
  }

  /** Why the instruments of the exchange are not known; null: they are. */
  get unlisted(): string | null {
    return this.#unlisted;
  }

  /** Best first; null where it is not known. */
  levels(symbol: string, side: 'bids' | 'asks'): Iterable<RawLevel> | null {
    const book = this.#followed.get(symbol)?.book ?? null;
    return book === null ? null : rawLevels(book[side]);
  }

  /** The trades since the last call, oldest first, and the last price where it came without one. */
  takeTrades(symbol: string): { readonly trades: readonly ShownTrade[]; readonly last: Decimal | null } {
    const followed = this.#followed.get(symbol);
    if (followed === undefined) return { trades: [], last: null };
    const { trades, last } = followed;
    followed.trades = [];
    followed.last = null;
    return { trades, last };
  }

  #missing(): string | null {
    if (this.#unlisted !== null) return this.#unlisted;
    const kinds = new Set(this.#wanted.map(({ marketType }) => marketType));
    for (const kind of kinds)
      if (![...this.#followed.values()].some(({ marketType, isKnown }) => marketType === kind && isKnown))
        return `it shows no book of ${kind === 'spot' ? 'spot' : 'swaps'}`;
    return null;
  }

  async #run(): Promise<void> {
    await this.#again('instruments', async () => {
      await this.#client.loadMarkets(true);
      const { markets } = this.#client;
      if (markets === undefined) throw new Error('it lists no instruments');
      this.#unlisted = null;
      for (const { symbol, marketType } of this.#wanted) {
        const listing = markets[symbol];
        if (listing === undefined) continue;
        const contractSize = figureOf(listing.contractSize);
        const state = { version: 0, isKnown: false, mark: null, index: null, book: null, last: null };
        this.#followed.set(symbol, { symbol, marketType, contractSize, trades: [], ...state });
      }
      return false;
    });
    await Promise.all([...this.#followed.values()].flatMap((followed) => this.#follow(followed)));
  }

  #follow(followed: Followed): readonly Promise<void>[] {
    const { symbol, marketType } = followed;
    const client = this.#client;
    const book = async (): Promise<boolean> => {
      followed.book = await client.watchOrderBook(symbol);
      if (!followed.isKnown) await this.#lookUpLast(followed);
      followed.isKnown = true;
      this.#noteReceipt(followed);
      return true;
    };
    const trades = async (): Promise<boolean> => {
      for (const { side, price, amount } of await client.watchTrades(symbol)) {
        const [atPrice, quantity] = [figureOf(price), figureOf(amount)];
        if (atPrice === null || quantity === null) continue;
        followed.trades.push({ side: side === 'sell' ? 'sell' : 'buy', price: atPrice, quantity });
      }
      if (followed.trades.length > MAX_TRADES) followed.trades.splice(0, followed.trades.length - MAX_TRADES);
      this.#noteReceipt(followed);
      return true;
    };
    const marks = async (): Promise<boolean> => {
      const isOwnStream = client.has['watchMarkPrice'] === true;
      const ticker = await (isOwnStream ? client.watchMarkPrice(symbol) : client.watchTicker(symbol));
      followed.mark = figureOf(ticker.markPrice) ?? followed.mark;
      followed.index = figureOf(ticker.indexPrice) ?? followed.index;
      this.#noteReceipt(followed);
      return true;
    };
    const forget = (): void => {
      followed.book = null;
      followed.isKnown = false;
      followed.trades = [];
      followed.version += 1;
    };
    return [
      this.#again(`book of ${symbol}`, book, forget),
      this.#again(`trades of ${symbol}`, trades, forget),
      ...(marketType === 'swap' ? [this.#again(`marks of ${symbol}`, marks, forget)] : []),
    ];
  }

  /** Trades that were missed, or came before the start, are not made up for; the price that they led to is. */
  async #lookUpLast(followed: Followed): Promise<void> {
    const { last } = await this.#client.fetchTicker(followed.symbol);
    followed.last = figureOf(last);
  }

  #noteReceipt(followed: Followed): void {
    followed.version += 1;
    this.#receivedAt.set(followed.marketType, this.#clock.nowMs());
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#logger.warn({ venue: this.venue }, 'the live market is there again');
  }

  /** As `work`, or false at the end: ccxt leaves some of its promises open when it is closed. */
  #untilEnded(work: Promise<boolean>): Promise<boolean> {
    const { signal } = this.#ending;
    return new Promise((resolve, reject) => {
      const end = (): void => resolve(false);
      signal.addEventListener('abort', end, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
    });
  }

  /** Repeats `step` while it answers true, and after each failure, which is logged, until the end. */
  async #again(what: string, step: () => Promise<boolean>, onFailure?: () => void): Promise<void> {
    const { signal } = this.#ending;
    let pauseMs = FIRST_RETRY_MS;
    for (let isWanted = true; isWanted && !signal.aborted;) {
      try {
        isWanted = await this.#untilEnded(step());
        pauseMs = FIRST_RETRY_MS;
      } catch (failure) {
        if (signal.aborted) return;
        onFailure?.();
        const why = failure instanceof Error ? failure.message : String(failure);
        if (what === 'instruments') this.#unlisted = why;
        if (pauseMs === FIRST_RETRY_MS && !this.#isLost)
          this.#logger.warn({ venue: this.venue, what, why }, 'the live market is lost; trying again');
        this.#isLost = true;
        await this.#clock.sleep(pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, LONGEST_RETRY_MS);
      }
    }
  }
}

const REACHED_POLL_MS = 50;

function* rawLevels(side: LiveOrderBook['bids']): Generator<RawLevel> {
  for (const [price, quantity] of side) {
    const level = [figureOf(price), figureOf(quantity)] as const;
    if (level[0] !== null && level[1] !== null) yield [level[0], level[1]];
  }
}
