/** Paper, testnet and live accounts of one portfolio share no figure. */
import { beforeEach, describe, expect, it } from 'vitest';
import { SEPARATE_WALLETS } from '../balance/wallet.ts';
import { Decimal, decimal } from '../decimal.ts';
import { accountId, asset, type AccountId, type AccountMode } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  marketContext,
  NO_CONVERSIONS,
  NO_LIMITS,
  orderRequest,
  setting,
  SPOT_INSTRUMENT,
  SWAP,
} from '../testing/fixture.ts';
import { awaitingExplanation, unpricedFlows, unpricedLosses } from './unexplained.ts';
import { equityOf, ladderOf, mainModeOf, modesOf } from './mode-books.ts';
import type { Refusal } from './refusal.ts';
import { review } from './review.ts';
import { countedOrderRate } from './rules/order-rate.ts';
import { openOrdersOf } from './rules/open-orders.ts';
import { exposureOfAll } from './rules/total-exposure.ts';

const LIVE = accountId('acc-live');
const LIMITS = { ...NO_LIMITS, maxDailyLoss: decimal('100') };

const RATES = { ...NO_CONVERSIONS, marks: new Map(), removedAccounts: new Set<AccountId>() };

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  desk.force({ type: 'account_opened', accountId: LIVE, venue: 'binance', mode: 'live' });
  const worth = decimal('1000');
  desk.force({
    type: 'capital_moved',
    accountId: LIVE,
    mode: 'live',
    cause: 'joined',
    capital: worth,
    equity: worth,
    baseline: worth,
  });
});

/** The refusal that the trading state gives to an order of the live account; null when it passes. */
function liveRefusal(): Refusal | null {
  const order = orderRequest({ accountId: LIVE });
  const live = { ...setting(SPOT_INSTRUMENT), mode: 'live' as AccountMode };
  const { rules } = review(desk.state, order, live, marketContext({ at: desk.at, limits: LIMITS }), null);
  return rules.find(({ rule }) => rule === 'trading_state')?.verdict.refusal ?? null;
}

function readLive(): void {
  const prices = [{ key: instrumentKey(LIVE, SWAP), price: decimal('100'), at: desk.at }];
  desk.run({ type: 'equity_reading', mode: 'live', prices, joinable: [], first: null, limits: LIMITS });
}

describe('a portfolio of paper and live accounts', () => {
  it('takes a loss on paper for none of the live ones', () => {
    desk.readEquity('0', { limits: LIMITS });
    desk.readEquity('-500', { limits: LIMITS });
    readLive();
    expect(ladderOf(desk.state, 'paper').step).toBe('flatten');
    expect(ladderOf(desk.state, 'live').step).toBe('none');
    expect(equityOf(desk.state, 'live')?.current.toString()).toBe('1000');
    expect(desk.refusalBy('trading_state', {}, { limits: LIMITS })?.code).toBe('trading_reduce_only');
    expect(liveRefusal()).toBeNull();
    desk.expectReplayEqual();
  });

  it('hides no live loss behind millions on paper', () => {
    desk.readEquity('0', { limits: LIMITS, worth: '90000000' });
    const lost = decimal('-100');
    const move = { capital: lost, equity: lost, baseline: Decimal.zero };
    desk.force({ type: 'capital_moved', accountId: LIVE, mode: 'live', cause: 'unexplained', ...move });
    readLive();
    expect(ladderOf(desk.state, 'live').step).toBe('no_new_risk');
    expect(desk.refusalBy('daily_loss', {}, { limits: LIMITS })).toBeNull();
    expect(desk.refusalBy('trading_state', {}, { limits: LIMITS })).toBeNull();
    expect(liveRefusal()?.code).toBe('trading_reduce_only');
  });

  it('counts open orders and exposure of the mode of the order alone', () => {
    const order = desk.open();
    const at = { symbol: SWAP, positionSide: 'net', netQuantity: decimal('7') } as const;
    const live = { ...setting(SPOT_INSTRUMENT), mode: 'live' as AccountMode };
    desk.force({
      type: 'positions_observed',
      accountId: LIVE,
      positions: [{ ...at, setting: live, openCost: decimal('700') }],
    });
    expect(openOrdersOf(desk.state, 'paper')).toBe(1);
    expect(openOrdersOf(desk.state, 'live')).toBe(0);
    expect(exposureOfAll(desk.state, 'paper', RATES)?.toString()).toBe('100');
    expect(exposureOfAll(desk.state, 'live', RATES)?.toString()).toBe('700');
    const without = { ...RATES, removedAccounts: new Set([LIVE]) };
    expect(exposureOfAll(desk.state, 'live', without)?.toString()).toBe('0');
    expect(desk.order(order.orderId).accountId).toBe(ACCOUNT);
    const limits = { ...NO_LIMITS, maxOpenOrders: 2, maxTotalExposure: decimal('200') };
    expect(desk.refusalBy('open_orders', {}, { limits })).toBeNull();
    expect(desk.refusalBy('total_exposure', {}, { limits })).toBeNull();
  });

  it('counts the orders of each mode for its own rate; those from before there were several count for each', () => {
    const limits = { ...NO_LIMITS, maxOrdersPerWindow: 3 };
    const counted = (mode: AccountMode): number =>
      countedOrderRate(desk.state, mode, desk.at, limits).accepted;
    for (let n = 0; n < 3; n += 1) desk.open();
    expect([counted('paper'), counted('live')]).toEqual([3, 0]);
    expect(desk.refusalBy('order_rate', {}, { limits })?.code).toBe('order_rate_limit');
    desk.expectReplayEqual();
    desk.reopen();
    expect([counted('paper'), counted('live')]).toEqual([3, 0]);
    const former = Desk.funded();
    former.open();
    former.force({ type: 'account_opened', accountId: LIVE, venue: 'binance', mode: 'live' });
    former.reopen();
    expect(countedOrderRate(former.state, 'live', former.at, limits).accepted).toBe(1);
    expect(countedOrderRate(former.state, 'paper', former.at, limits).accepted).toBe(1);
  });

  it('holds up the high end of live equity by no loss on paper that awaits its explanation', () => {
    desk.readEquity('0', { limits: LIMITS });
    const lost = decimal('500');
    const unexplained = {
      changeId: 'paper',
      accountId: ACCOUNT,
      asset: asset('USDT'),
      amount: lost.negate(),
      lost,
      at: desk.at,
    };
    const move = { capital: lost.negate(), equity: lost.negate(), baseline: Decimal.zero, unexplained };
    desk.force({ type: 'capital_moved', accountId: ACCOUNT, mode: 'paper', cause: 'unexplained', ...move });
    desk.at += 5_000;
    readLive();
    expect(equityOf(desk.state, 'live')?.high.toString()).toBe('1000');
    expect(awaitingExplanation(desk.state, 'paper', desk.at).toString()).toBe('500');
    expect(awaitingExplanation(desk.state, 'live', desk.at).toString()).toBe('0');
  });

  it('lists a live loss and a live flow without a price for live equity alone', () => {
    desk.readEquity('0', { limits: LIMITS });
    const none = { capital: Decimal.zero, equity: Decimal.zero, baseline: Decimal.zero };
    const change = {
      accountId: LIVE,
      asset: asset('XYZ'),
      amount: decimal('-5'),
      lost: Decimal.zero,
      at: desk.at,
    };
    for (const unexplained of [
      { ...change, changeId: 'loss' },
      { ...change, changeId: 'flow', unpricedFlow: { recordId: 'w', kind: 'withdrawal' } },
    ])
      desk.force({
        type: 'capital_moved',
        accountId: LIVE,
        mode: 'live',
        cause: 'unexplained',
        ...none,
        unexplained,
      });
    const ids = (changes: readonly { readonly changeId: string }[]): readonly string[] =>
      changes.map(({ changeId }) => changeId);
    expect([ids(unpricedLosses(desk.state, 'live')), ids(unpricedFlows(desk.state, 'live'))]).toEqual([
      ['loss'],
      ['flow'],
    ]);
    expect([unpricedLosses(desk.state, 'paper'), unpricedFlows(desk.state, 'paper')]).toEqual([[], []]);
  });

  it('keeps an unexplained change of a live account that has not joined for its own mode', () => {
    const other = accountId('acc-live-2');
    desk.run({
      type: 'account',
      accountId: other,
      venue: 'binance',
      mode: 'live',
      wallets: SEPARATE_WALLETS,
      instance: null,
    });
    const balances = (usdt: string): void =>
      void desk.run({
        type: 'balances',
        accountId: other,
        comparable: true,
        reports: [balanceReport('spot', 'USDT', usdt)],
      });
    balances('1000');
    const from = desk.journal.length;
    balances('900');
    const modes = desk.journal
      .slice(from)
      .filter(({ type }) => type === 'capital_moved')
      .map(({ payload }) => (JSON.parse(payload) as { readonly mode: string }).mode);
    expect(modes).toEqual(['live']);
  });

  it('cancels orders of the mode that lost alone', () => {
    desk.readEquity('0', { limits: LIMITS });
    const paper = desk.open();
    const live = desk.open();
    desk.state.unfinished.set(live.orderId, { ...live, mode: 'live' });
    desk.readEquity('-110', { limits: LIMITS });
    expect(ladderOf(desk.state, 'paper').step).toBe('cancel_orders');
    expect([paper, live].map(({ orderId }) => desk.order(orderId).cancelRequested)).toEqual([true, false]);
  });

  it('resets the ladder of one mode alone: what explains a live loss afterwards takes it back as ever', () => {
    desk.readEquity('0', { limits: LIMITS });
    desk.readEquity('-90', { limits: LIMITS });
    expect(ladderOf(desk.state, 'paper').step).toBe('warn');
    const lost = decimal('50');
    const move = { capital: lost.negate(), equity: lost.negate(), baseline: Decimal.zero };
    const unexplained = {
      changeId: 'live',
      accountId: LIVE,
      asset: asset('USDT'),
      amount: lost.negate(),
      lost,
      at: desk.at,
    };
    desk.force({
      type: 'capital_moved',
      accountId: LIVE,
      mode: 'live',
      cause: 'unexplained',
      ...move,
      unexplained,
    });
    readLive();
    desk.run({ type: 'reset_ladder', mode: 'paper', requestedBy: 'ann', why: 'a trial' });
    expect(ladderOf(desk.state, 'paper').step).toBe('none');
    desk.at += 1_000;
    const { asset: of, amount, at } = { ...unexplained, at: desk.at };
    desk.run({
      type: 'flow',
      accountId: LIVE,
      recordId: 'w1',
      asset: of,
      amount,
      kind: 'withdrawal',
      at,
    });
    const live = equityOf(desk.state, 'live');
    expect([live?.current, live?.peak, live?.dayStart].map(String)).toEqual(['950', '950', '950']);
    desk.expectReplayEqual();
  });

  it('is shown by its most serious mode', () => {
    expect(mainModeOf(modesOf(desk.state))).toBe('live');
  });
});

describe('readings of a release that knew no modes', () => {
  const former = (equity: string): void => {
    desk.force({
      type: 'equity_observed',
      equity: decimal(equity),
      capital: decimal('1000'),
      reasonOfReading: 'interval',
      ladder: null,
    });
  };

  it('go on as those of the only mode: the peak, the loss and the step stay', () => {
    desk = Desk.funded('500', '0');
    former('2000');
    desk.at += 5_000;
    former('1500');
    desk.force({
      type: 'equity_observed',
      equity: decimal('1500'),
      capital: decimal('1500'),
      reasonOfReading: 'ladder',
      ladder: { step: 'warn', steppedAt: desk.at, why: 'a loss' },
    });
    expect(ladderOf(desk.state, 'paper').step).toBe('warn');
    desk.positions([]);
    const prices = [{ key: 'USDT', price: Decimal.one, at: desk.at }];
    desk.run({
      type: 'equity_reading',
      mode: 'paper',
      prices,
      joinable: [ACCOUNT],
      first: null,
      limits: NO_LIMITS,
    });
    // The account is worth 1,000 of what was counted as 1,500: the quarter that was lost stays a quarter.
    expect(desk.equity).toMatchObject({ current: decimal('1000'), capital: decimal('1000') });
    expect(desk.equity?.peak.toString()).toBe('1333.333333333333333333');
    expect(desk.equity?.dayStart.toString()).toBe('1500');
    expect(ladderOf(desk.state, 'paper').step).toBe('warn');
    desk.expectReplayEqual();
  });

  it('say nothing about a mode where they mixed several, but for the step', () => {
    former('2000');
    expect(equityOf(desk.state, 'paper')).toBeNull();
    expect(ladderOf(desk.state, 'live').step).toBe('none');
  });
});
