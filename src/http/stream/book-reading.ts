/**
 * Readings of a portfolio's positions and balances for the stream: one at a time for all connections.
 *
 * Entry points: `BookReadings.read`, `BookReading`.
 *
 * Invariants:
 *  1. A reading is of one seq, positions and balances alike.
 *  2. At most a fifth of the time goes into readings: the next one waits four times as long as the last one took.
 *  3. `figures` has what a message is sent for: nothing in it moves with the market alone.
 *  4. Leverage and margin mode are the venue's and in no journal: while somebody watches, another one is read within
 *     `LOOK_AT_SETTINGS_EVERY_MS`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId, Asset, InstrumentSymbol } from '../../core/ids.ts';
import type { Wallet } from '../../core/balance/wallet.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import { balanceKey, positionKeyOf } from '../../core/portfolio/keys.ts';
import { realizedSinceOpened } from '../../core/position/position.ts';
import type { SwapSettings } from '../../core/venue/setting.ts';
import {
  EngineUnavailable,
  type BalanceReading,
  type Desk,
  type PositionReading,
} from '../../engine/desk.ts';
import { toBalanceView, WALLET_NAMES } from '../views/balance.ts';
import { toPositionView } from '../views/position.ts';
import type { BalanceMessage, PositionMessage } from './messages.ts';

/** The parts of the messages that say what there is. */
export type PositionWords = Pick<
  PositionMessage,
  'exchange' | 'account' | 'symbol' | 'position_side' | 'position' | 'realized_pnl'
>;
export type BalanceWords = Pick<BalanceMessage, 'account' | 'asset' | 'wallet' | 'balance'>;

/** A position or a balance at one seq. */
export interface BookEntry<Words> {
  readonly accountId: AccountId;
  /** Of a position alone. */
  readonly symbol: InstrumentSymbol | null;
  readonly positionSide: PositionSide | null;
  /** Of a balance alone. */
  readonly asset: Asset | null;
  readonly wallet: Wallet;
  readonly isEmpty: boolean;
  readonly figures: string;
  /** Leverage and margin mode of an open swap; null before the venue has shown either. */
  readonly settings: string | null;
  /** The seq of the first reading that has these settings: they are as they are since then or an earlier moment. */
  readonly settingsSeq: number;
  words(): Words;
  /** Once it is in the books no more. */
  wordsWhenGone(): Words;
}

export interface BookReading {
  readonly seq: number;
  /** Counts the readings of a desk: of two with one seq the later one may have other settings. */
  readonly version: number;
  /** By `positionKey`. */
  readonly positions: ReadonlyMap<string, BookEntry<PositionWords>>;
  /** By `balanceKey`. */
  readonly balances: ReadonlyMap<string, BookEntry<BalanceWords>>;
}

const WAIT_PER_SPENT = 4;
export const LOOK_AT_SETTINGS_EVERY_MS = 1_000;

type SettingsWatcher = () => void;

interface Kept {
  readonly desk: Desk;
  readonly watchers: Set<SettingsWatcher>;
  timer: NodeJS.Timeout | null;
  last: BookReading | null;
  running: Promise<BookReading> | null;
  /** On the monotonic clock. */
  nextAt: number;
}

export class BookReadings {
  readonly #byDesk = new WeakMap<Desk, Kept>();
  readonly #onBug: (error: unknown) => void;

  /** `onBug` is called with an unexpected error of a look at the settings; the next look is a second later. */
  constructor(onBug: (error: unknown) => void) {
    this.#onBug = onBug;
  }

  /** A reading of `seq` or later, which is durable. Rejects with `EngineUnavailable` where the books cannot be read now. */
  async read(desk: Desk, seq: number): Promise<BookReading> {
    const kept = this.#keptOf(desk);
    for (;;) {
      if (kept.last !== null && kept.last.seq >= seq) return kept.last;
      await readAnew(kept);
    }
  }

  /** Calls `watcher` once a reading has other settings than the one before it; the returned function ends that. */
  watchSettings(desk: Desk, watcher: SettingsWatcher): () => void {
    const kept = this.#keptOf(desk);
    kept.watchers.add(watcher);
    kept.timer ??= setInterval(() => void this.#lookAtSettings(kept), LOOK_AT_SETTINGS_EVERY_MS).unref();
    return () => {
      kept.watchers.delete(watcher);
      if (kept.watchers.size > 0 || kept.timer === null) return;
      clearInterval(kept.timer);
      kept.timer = null;
    };
  }

  #keptOf(desk: Desk): Kept {
    const known = this.#byDesk.get(desk);
    if (known !== undefined) return known;
    const kept: Kept = { desk, watchers: new Set(), timer: null, last: null, running: null, nextAt: 0 };
    this.#byDesk.set(desk, kept);
    return kept;
  }

  async #lookAtSettings(kept: Kept): Promise<void> {
    const { last, desk, running } = kept;
    // One that is under way shows them, or the next look does.
    if (running !== null || (last !== null && hasSettingsOfNow(last, desk))) return;
    try {
      await readAnew(kept);
    } catch (error) {
      // A desk that cannot be read now is looked at again; its connections end once it moves.
      if (!(error instanceof EngineUnavailable)) this.#onBug(error);
    }
  }
}

function hasSettingsOfNow({ positions }: BookReading, { markets }: Desk): boolean {
  for (const { accountId, symbol, positionSide, isEmpty, settings } of positions.values()) {
    if (isEmpty || symbol === null || positionSide === null) continue;
    if (settingsText(markets.swapSettings(accountId, symbol, positionSide)) !== settings) return false;
  }
  return true;
}

/** Settings of a spot instrument are null as well: nothing shows them. */
function settingsText(settings: SwapSettings | null): string | null {
  if (settings === null || (settings.leverage === null && settings.marginMode === null)) return null;
  return `${settings.leverage?.toString() ?? ''} ${settings.marginMode ?? ''}`;
}

async function readAnew(kept: Kept): Promise<void> {
  kept.running ??= readNow(kept).finally(() => {
    kept.running = null;
  });
  await kept.running;
}

async function readNow(kept: Kept): Promise<BookReading> {
  const { desk, last } = kept;
  const waitMs = kept.nextAt - performance.now();
  if (waitMs > 1) await pause(waitMs);
  const { value, seq } = await desk.books.held();
  const startedAt = performance.now();
  const reading: BookReading = {
    seq,
    version: (last?.version ?? 0) + 1,
    positions: new Map(
      value.positions.map((one) => {
        const key = positionKeyOf(one.position);
        return [key, positionEntry(one, last?.positions.get(key), seq)];
      }),
    ),
    balances: new Map(
      value.balances.map((one) => {
        const { accountId, wallet, asset } = one.balance;
        return [balanceKey(accountId, wallet, asset), balanceEntry(one)];
      }),
    ),
  };
  const now = performance.now();
  kept.nextAt = now + WAIT_PER_SPENT * (now - startedAt);
  kept.last = reading;
  const haveOthers = [...reading.positions.values()].some(({ settingsSeq }) => settingsSeq === seq);
  if (haveOthers) for (const watcher of kept.watchers) watcher();
  return reading;
}

function positionEntry(
  reading: PositionReading,
  former: BookEntry<PositionWords> | undefined,
  seq: number,
): BookEntry<PositionWords> {
  const { position, venue, protectedQuantity } = reading;
  const { accountId, symbol, positionSide, netQuantity, openCost, realizedPnl, fundingTotal, fees } =
    position;
  const subject = {
    exchange: position.venue,
    account: accountId,
    symbol,
    position_side: positionSide,
  };
  const settings = settingsText(venue);
  return {
    accountId,
    symbol,
    positionSide,
    asset: null,
    wallet: position.wallet,
    isEmpty: netQuantity.isZero(),
    settings,
    settingsSeq: former?.settings === settings ? former.settingsSeq : seq,
    figures: [
      netQuantity,
      openCost,
      realizedPnl,
      position.basisDifference ?? '',
      fundingTotal,
      ...fees.flatMap(({ asset, amount }) => [asset, amount]),
      protectedQuantity,
      settings ?? '',
    ].join(' '),
    words: () => ({
      ...subject,
      position: netQuantity.isZero() ? null : toPositionView(reading),
      realized_pnl: realizedSinceOpened(position)?.toString() ?? null,
    }),
    wordsWhenGone: () => ({ ...subject, position: null, realized_pnl: null }),
  };
}

function balanceEntry(reading: BalanceReading): BookEntry<BalanceWords> {
  const { balance, held } = reading;
  const { accountId, wallet, asset, total, externalLocked } = balance;
  const subject = { account: accountId, asset, wallet: WALLET_NAMES[wallet] };
  return {
    accountId,
    symbol: null,
    positionSide: null,
    asset,
    wallet,
    isEmpty: total.isZero() && held.isZero(),
    settings: null,
    settingsSeq: 0,
    figures: [total, held, externalLocked, reading.isMarginKnown ? '' : 'unknown'].join(' '),
    words: () => ({ ...subject, balance: toBalanceView(reading) }),
    wordsWhenGone: () => ({ ...subject, balance: null }),
  };
}
