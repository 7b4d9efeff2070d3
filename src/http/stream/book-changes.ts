/**
 * Finds the positions or the balances that are different after an event, for one connection.
 *
 * Entry points: `BookChanges.after`, `BookChanges.now`.
 *
 * Each reading is compared with the one before it. The first one has none before it: to a client that comes back with a seq
 * is sent what the events since then are about, as it is now, and the positions whose leverage or margin mode may be others
 * since then, which no event says.
 *
 * Invariants:
 *  1. Nothing is given twice unless it changed in between; settings of which it is not known when they changed may be.
 *  2. Every change of an event has been given once `after` was asked about that event or a later one.
 */
import type { Wallet } from '../../core/balance/wallet.ts';
import type { AccountId, Asset, InstrumentSymbol } from '../../core/ids.ts';
import type { Order } from '../../core/order/order.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import type { PortfolioEvent } from '../../core/portfolio/events.ts';
import type { BookEntry } from './book-reading.ts';

type Entries<Words> = ReadonlyMap<string, BookEntry<Words>>;

/** The positions and balances of an account that an event may have changed. */
interface Touched {
  readonly accountId: AccountId;
  readonly positions: readonly TouchedPosition[] | 'all';
  readonly balances: readonly TouchedBalance[] | 'all';
  /** Whether it can have closed a position, or emptied a balance. */
  readonly mayEmpty: boolean;
}

interface TouchedPosition {
  readonly symbol: InstrumentSymbol | null;
  /** Null: every side of the instrument. */
  readonly positionSide: PositionSide | null;
}

interface TouchedBalance {
  readonly asset: Asset;
  /** Null: in every wallet. */
  readonly wallet: Wallet | null;
}

/** The positions or the balances of a `BookReading`. */
interface Reading<Words> {
  readonly entries: Entries<Words>;
  readonly seq: number;
  readonly version: number;
}

export interface BookChangesOptions<Words> {
  /** The seq up to which the client knows everything. */
  readonly since: number;
  /** Whether the connection sees the account. */
  readonly sees: (accountId: AccountId) => boolean;
  /** The books of the account began anew, and what was in them before is not known. */
  readonly begunAnew: (accountId: AccountId) => Words;
}

export class BookChanges<Words> {
  readonly #options: BookChangesOptions<Words>;
  #known: Reading<Words> | null = null;
  /** The seq of the first reading. */
  #firstSeq = 0;
  readonly #sent = new Set<string>();

  constructor(options: BookChangesOptions<Words>) {
    this.#options = options;
  }

  /** Takes a first reading: nothing of it is given, but what events up to its seq are about. */
  begin(reading: Reading<Words>): void {
    this.#known = reading;
    this.#firstSeq = reading.seq;
  }

  /** `reading` is at `seq`, the seq of the event, or later. `order` is the event's, if any. */
  after(event: PortfolioEvent, order: Order | null, seq: number, reading: Reading<Words>): readonly Words[] {
    const first = this.#known === null ? this.#resume(reading) : [];
    if (this.#known !== null && seq <= this.#firstSeq)
      return [...first, ...this.#about(event, order, this.#known.entries)];
    return [...first, ...this.now(reading)];
  }

  /** As they are now, without an event. */
  now(reading: Reading<Words>): readonly Words[] {
    const before = this.#known;
    if (before === null) return this.#resume(reading);
    if (reading.version <= before.version) return [];
    this.#known = reading;
    return this.#differences(before.entries, reading.entries);
  }

  #resume(reading: Reading<Words>): readonly Words[] {
    this.begin(reading);
    const { since, sees } = this.#options;
    const words: Words[] = [];
    for (const [key, entry] of reading.entries) {
      if (entry.isEmpty || entry.settings === null || entry.settingsSeq < since || !sees(entry.accountId))
        continue;
      this.#sent.add(key);
      words.push(entry.words());
    }
    return words;
  }

  #differences(before: Entries<Words>, now: Entries<Words>): readonly Words[] {
    const { sees } = this.#options;
    const different: Words[] = [];
    for (const [key, entry] of now) {
      if (!sees(entry.accountId)) continue;
      const former = before.get(key);
      if (former === undefined ? !entry.isEmpty : former.figures !== entry.figures)
        different.push(entry.words());
    }
    for (const [key, entry] of before)
      if (!now.has(key) && !entry.isEmpty && sees(entry.accountId)) different.push(entry.wordsWhenGone());
    return different;
  }

  #about(event: PortfolioEvent, order: Order | null, now: Entries<Words>): readonly Words[] {
    const { sees, begunAnew } = this.#options;
    const touched = touchedBy(event, order);
    if (touched === null || !sees(touched.accountId)) return [];
    const { accountId, mayEmpty } = touched;
    const words: Words[] = [];
    if (event.type === 'account_reset') {
      words.push(begunAnew(accountId));
      for (const [key, entry] of now) if (entry.accountId === accountId) this.#sent.delete(key);
    }
    for (const [key, entry] of now) {
      if (entry.accountId !== accountId || !isTouched(touched, entry) || this.#sent.has(key)) continue;
      if (entry.isEmpty && !mayEmpty) continue;
      this.#sent.add(key);
      words.push(entry.words());
    }
    return words;
  }
}

function isTouched(
  { positions, balances }: Touched,
  { asset, symbol, positionSide, wallet }: BookEntry<unknown>,
): boolean {
  if (asset !== null)
    return (
      balances === 'all' ||
      balances.some((one) => one.asset === asset && (one.wallet === null || one.wallet === wallet))
    );
  return (
    positions === 'all' ||
    positions.some(
      (one) => one.symbol === symbol && (one.positionSide === null || one.positionSide === positionSide),
    )
  );
}

/** Null where an event changes nothing of them. One that is not named here may have changed all that its account has. */
function touchedBy(event: PortfolioEvent, order: Order | null): Touched | null {
  switch (event.type) {
    case 'fill_booked':
    case 'external_fill_seen': {
      const { fill, accountId } = event;
      return {
        accountId,
        positions: [fill],
        balances: balancesOf(fill.symbol, fill.feeAsset),
        mayEmpty: true,
      };
    }
    case 'position_adopted':
    case 'position_cut':
    case 'position_cut_changed':
      return {
        accountId: event.accountId,
        positions: [ofSymbol(event.symbol)],
        balances: [],
        mayEmpty: true,
      };
    case 'position_cut_replaced': {
      const { accountId, symbol, balances } = event;
      return { accountId, positions: [ofSymbol(symbol)], balances, mayEmpty: true };
    }
    case 'positions_observed': {
      const { accountId, positions } = event;
      const balances = positions.map(({ setting }) => ({ asset: setting.quote, wallet: null }));
      return { accountId, positions, balances, mayEmpty: true };
    }
    case 'balances_observed': {
      const { accountId, balances } = event;
      return { accountId, positions: [], balances, mayEmpty: true };
    }
    case 'funding_booked': {
      const { accountId, funding } = event;
      const balances = [{ asset: funding.asset, wallet: null }];
      return { accountId, positions: [ofSymbol(funding.symbol)], balances, mayEmpty: false };
    }
    case 'account_record_booked': {
      const { accountId, record } = event;
      return { accountId, positions: [ofSymbol(record.symbol)], balances: [record], mayEmpty: false };
    }
    case 'setting_answered': {
      const { accountId, symbol } = event;
      const positions = symbol === null ? 'all' : [ofSymbol(symbol)];
      return { accountId, positions, balances: [], mayEmpty: false };
    }
    case 'position_mode_seen':
      return null;
    default:
      if (order !== null) return touchedByOrder(order);
      return 'accountId' in event
        ? { accountId: event.accountId, positions: 'all', balances: 'all', mayEmpty: false }
        : null;
  }
}

function ofSymbol(symbol: InstrumentSymbol | null): TouchedPosition {
  return { symbol, positionSide: null };
}

/** An order holds a balance. Of a position it changes no more than how far that is protected. */
function touchedByOrder(order: Order): Touched {
  const mayProtect = order.reduceOnly || order.stopPrice !== null;
  return {
    accountId: order.accountId,
    positions: mayProtect ? [order] : [],
    balances: balancesOf(order.symbol, null),
    mayEmpty: false,
  };
}

/** `BTC/USDT` moves both of its assets, `BTC/USDT:USDT` the one after the colon. */
function balancesOf(symbol: InstrumentSymbol, feeAsset: Asset | null): readonly TouchedBalance[] {
  const [pair = '', settle] = symbol.split(':');
  const assets = (settle === undefined ? pair.split('/') : [settle]) as Asset[];
  const wallets: readonly Wallet[] = [settle === undefined ? 'spot' : 'linear_swap', 'unified'];
  return [...new Set([...assets, ...(feeAsset === null ? [] : [feeAsset])])].flatMap((asset) =>
    wallets.map((wallet) => ({ asset, wallet })),
  );
}
