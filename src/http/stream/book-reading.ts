/**
 * Readings of a portfolio's positions and balances for the stream: one at a time for all connections.
 *
 * Entry points: `BookReadings.read`, `BookReading`.
 *
 * Invariants:
 *  1. A reading is of one seq, positions and balances alike.
 *  2. At most a fifth of the time goes into readings: the next one waits four times as long as the last one took.
 *  3. `figures` has what a message is sent for: nothing in it moves with the market alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId, Asset, InstrumentSymbol } from '../../core/ids.ts';
import type { Wallet } from '../../core/balance/wallet.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import { balanceKey, positionKeyOf } from '../../core/portfolio/keys.ts';
import { realizedSinceOpened } from '../../core/position/position.ts';
import type { BalanceReading, Desk, PositionReading } from '../../engine/desk.ts';
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
  words(): Words;
  /** Once it is in the books no more. */
  wordsWhenGone(): Words;
}

export interface BookReading {
  readonly seq: number;
  /** By `positionKey`. */
  readonly positions: ReadonlyMap<string, BookEntry<PositionWords>>;
  /** By `balanceKey`. */
  readonly balances: ReadonlyMap<string, BookEntry<BalanceWords>>;
}

const WAIT_PER_SPENT = 4;

interface Kept {
  last: BookReading | null;
  running: Promise<BookReading> | null;
  /** On the monotonic clock. */
  nextAt: number;
}

export class BookReadings {
  readonly #byDesk = new WeakMap<Desk, Kept>();

  /** A reading of `seq` or later, which is durable. Rejects with `EngineUnavailable` where the books cannot be read now. */
  async read(desk: Desk, seq: number): Promise<BookReading> {
    const kept = this.#byDesk.get(desk) ?? { last: null, running: null, nextAt: 0 };
    this.#byDesk.set(desk, kept);
    for (;;) {
      if (kept.last !== null && kept.last.seq >= seq) return kept.last;
      kept.running ??= readNow(desk, kept).finally(() => {
        kept.running = null;
      });
      kept.last = await kept.running;
    }
  }
}

async function readNow(desk: Desk, kept: Kept): Promise<BookReading> {
  const waitMs = kept.nextAt - performance.now();
  if (waitMs > 1) await pause(waitMs);
  const { value, seq } = await desk.books.held();
  const startedAt = performance.now();
  const reading = {
    seq,
    positions: new Map(value.positions.map((one) => [positionKeyOf(one.position), positionEntry(one)])),
    balances: new Map(
      value.balances.map((one) => {
        const { accountId, wallet, asset } = one.balance;
        return [balanceKey(accountId, wallet, asset), balanceEntry(one)];
      }),
    ),
  };
  const now = performance.now();
  kept.nextAt = now + WAIT_PER_SPENT * (now - startedAt);
  return reading;
}

function positionEntry(reading: PositionReading): BookEntry<PositionWords> {
  const { position, venue, protectedQuantity } = reading;
  const { accountId, symbol, positionSide, netQuantity, openCost, realizedPnl, fundingTotal, fees } =
    position;
  const subject = {
    exchange: position.venue,
    account: accountId,
    symbol,
    position_side: positionSide,
  };
  return {
    accountId,
    symbol,
    positionSide,
    asset: null,
    wallet: position.wallet,
    isEmpty: netQuantity.isZero(),
    figures: [
      netQuantity,
      openCost,
      realizedPnl,
      position.basisDifference ?? '',
      fundingTotal,
      ...fees.flatMap(({ asset, amount }) => [asset, amount]),
      protectedQuantity,
      venue?.leverage ?? '',
      venue?.marginMode ?? '',
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
    figures: [total, held, externalLocked].join(' '),
    words: () => ({ ...subject, balance: toBalanceView(reading) }),
    wordsWhenGone: () => ({ ...subject, balance: null }),
  };
}
