/**
 * Any interleaving of placements, outcomes, executions, cancels and look-ups, at a fixed mark and with a venue that
 * does not contradict itself: nothing passes the limit, nothing is reserved twice, and the journal tells it all.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldOf } from '../balance/available.ts';
import { marginTiedUp } from '../balance/margin.ts';
import { Decimal, decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import {
  heldAmount,
  mayBeAtVenue,
  remainingQuantity,
  type Order,
  type OrderRequest,
} from '../order/order.ts';
import { unrealizedPnl } from '../position/position.ts';
import { openOn } from '../order/open-orders.ts';
import { netQuantityOf } from '../risk/exposure.ts';
import type { RiskRuleName } from '../risk/refusal.ts';
import {
  accepted,
  ACCOUNT,
  Desk,
  fillOf,
  marketContext,
  NO_LIMITS,
  reportOf,
  SPOT,
  SPOT_INSTRUMENT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import type { SendOutcome } from '../venue/outcome.ts';
import { instrumentKey } from './keys.ts';

const MARK = decimal('100');
const MAX_POSITION = decimal('900');
const LIMITS = {
  ...NO_LIMITS,
  maxPositionNotional: MAX_POSITION,
  maxTotalExposure: decimal('1500'),
  maxDailyLoss: decimal('50'),
  maxDrawdown: decimal('0.2'),
  maxLeverage: decimal('1'),
};
const MARKS = new Map([SPOT, SWAP].map((symbol) => [instrumentKey(ACCOUNT, symbol), MARK]));
const MARKET = { limits: LIMITS, marks: MARKS };

/** Rules that may never stop an order which shrinks exposure. */
const NEVER_FOR_REDUCING: readonly RiskRuleName[] = [
  'kill_switch',
  'trading_state',
  'position_limit',
  'total_exposure',
  'leverage',
  'daily_loss',
  'drawdown',
];

const pick = fc.nat({ max: 1_000 });
const placement = fc.record({
  kind: fc.constant('place' as const),
  swap: fc.boolean(),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  type: fc.constantFrom(
    'limit' as const,
    'market' as const,
    'raw_market' as const,
    'cost' as const,
    'stop' as const,
  ),
  lots: fc.integer({ min: 50, max: 9_000 }),
  ticks: fc.integer({ min: 9_000, max: 11_000 }),
  reduceOnly: fc.boolean(),
});
const step = fc.oneof(
  { weight: 4, arbitrary: placement },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('outcome' as const),
      pick,
      how: fc.constantFrom(
        'accepted' as const,
        'accepted' as const,
        'unknown' as const,
        'refused' as const,
        'not_sent' as const,
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('fill' as const), pick, share: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('canceled' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('look_up' as const), pick, found: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('retry' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill_switch' as const), engaged: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('equity' as const), pnl: fc.integer({ min: -90, max: 90 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset_ladder' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class Walk {
  readonly desk = Desk.funded('2500', '3');
  trades = 0;
  /** Set once a swap order that is not reduce-only was let through as closing: its margin is not reserved. */
  hasBareCloser = false;
  placedReducing = 0;
  /** What the accounts must hold after what was executed: counted here, apart from the books. */
  readonly ledger = {
    spotUsdt: decimal('2500'),
    spotBtc: decimal('3'),
    swapCash: decimal('2500'),
    swapNet: Decimal.zero,
  };

  take(taken: Step): void {
    const { desk } = this;
    desk.at += 7;
    switch (taken.kind) {
      case 'place':
        this.place(taken);
        return;
      case 'outcome': {
        const order = this.one(taken.pick, (each) => each.status === 'submitting');
        if (order !== undefined) desk.outcome(order, outcomeOf(order, taken.how));
        return;
      }
      case 'fill': {
        const order = this.one(taken.pick, mayBeAtVenue);
        if (order !== undefined) this.fill(order, taken.share);
        return;
      }
      case 'cancel': {
        const order = this.one(taken.pick, () => true);
        if (order !== undefined) desk.cancel(order);
        return;
      }
      case 'canceled': {
        const order = this.one(taken.pick, (each) => each.status === 'canceling');
        if (order !== undefined)
          desk.report(order, { status: 'canceled', filledQuantity: order.filledQuantity });
        return;
      }
      case 'look_up': {
        const order = this.one(taken.pick, (each) => each.status === 'unknown');
        if (order === undefined) return;
        if (taken.found) desk.lookUp(order, { kind: 'found', report: reportOf(order) });
        else desk.lookUp(order, { kind: 'absent', venueTime: desk.at + 20_000, fills: [] }, { readLagMs: 1 });
        return;
      }
      case 'retry': {
        const order = this.one(taken.pick, (each) => each.status === 'accepted');
        if (order === undefined) return;
        const instrument = order.symbol === SWAP ? SWAP_INSTRUMENT : SPOT_INSTRUMENT;
        const context = marketContext({ at: desk.at, instrument, ...MARKET });
        desk.run({ type: 'retry_due', orderId: order.orderId, context });
        return;
      }
      case 'restart':
        desk.run({ type: 'restarted' });
        return;
      case 'kill_switch':
        desk.run({
          type: 'kill_switch',
          engaged: taken.engaged,
          requestedBy: 'walk',
          why: 'walk',
          idempotency: null,
        });
        return;
      case 'equity':
        desk.run({
          type: 'equity_reading',
          result: { realized: Decimal.zero, unrealized: Decimal.fromInteger(taken.pnl) },
          accountValue: decimal('1000'),
          transferred: Decimal.zero,
          limits: LIMITS,
        });
        return;
      case 'reset_ladder':
        desk.run({ type: 'reset_ladder', requestedBy: 'walk', why: 'walk' });
        return;
    }
  }

  place(taken: Extract<Step, { kind: 'place' }>): void {
    const symbol = taken.swap ? SWAP : SPOT;
    const net = netQuantityOf(this.desk.state, ACCOUNT, symbol, 'net');
    const quantity = Decimal.of(BigInt(taken.lots), 3);
    const price = Decimal.of(BigInt(taken.ticks), 2);
    const { side } = taken;
    const isCost = taken.type === 'cost' && !taken.swap && side === 'buy';
    const asked: Partial<OrderRequest> =
      taken.type === 'limit'
        ? { type: 'limit', price }
        : taken.type === 'stop'
          ? { type: 'stop_limit', price, stopPrice: price, trigger: 'last' }
          : {
              type: 'market',
              marketProtectionBps: taken.type === 'raw_market' ? 0 : 150,
              timeInForce: 'IOC',
            };
    const decision = this.desk.place(
      {
        ...asked,
        symbol,
        side,
        quantity: isCost ? null : quantity,
        cost: isCost ? quantity.multiply(MARK) : null,
        reduceOnly: taken.swap && taken.reduceOnly,
      },
      MARKET,
    );
    const closable = side === 'sell' ? net : net.negate();
    const shrinks = taken.swap
      ? quantity.add(openQuantity(this.desk, symbol, side, decision.orderId)).atMost(closable)
      : side === 'sell';
    if (shrinks || (taken.swap && taken.reduceOnly && closable.isPositive())) {
      this.placedReducing += 1;
      const refusals = decision.reply.kind === 'denied' ? decision.reply.refusals : [];
      expect(refusals.filter(({ rule }) => NEVER_FOR_REDUCING.includes(rule))).toEqual([]);
    }
    const order = this.desk.order(decision.orderId);
    if (taken.swap && !order.reduceOnly && order.approval?.reducing === true) this.hasBareCloser = true;
  }

  /** The venue executes part of an order, at the mark or better, and holds reduce-only orders to the position. */
  fill(order: Order, share: number): void {
    const { desk } = this;
    const isBuy = order.side === 'buy';
    const limit = order.price ?? MARK;
    const price = isBuy ? limit.min(MARK) : limit.max(MARK);
    const left =
      remainingQuantity(order) ??
      (order.cost ?? Decimal.zero).subtract(order.filledCost).divide(MARK, 3, 'down');
    let quantity = left.divide(Decimal.fromInteger(share), 3, 'up').min(left);
    if (order.reduceOnly) {
      const net = netQuantityOf(desk.state, ACCOUNT, order.symbol, 'net');
      quantity = quantity.min((isBuy ? net.negate() : net).max(Decimal.zero));
    }
    if (!quantity.isPositive()) return;
    this.trades += 1;
    const rate = decimal('0.001');
    const inBase = order.kind === 'spot' && isBuy;
    const fee = order.reduceOnly
      ? Decimal.zero
      : (inBase ? quantity : quantity.multiply(price)).multiply(rate);
    this.count(order, quantity, price, fee);
    desk.fills([
      fillOf(order, `t${this.trades}`, { quantity, price, fee, feeAsset: asset(inBase ? 'BTC' : 'USDT') }),
    ]);
  }

  count(order: Order, quantity: Decimal, price: Decimal, fee: Decimal): void {
    const { ledger } = this;
    const bought = order.side === 'buy' ? quantity : quantity.negate();
    const paid = bought.multiply(price);
    if (order.kind === 'linear_swap') {
      ledger.swapNet = ledger.swapNet.add(bought);
      ledger.swapCash = ledger.swapCash.subtract(paid).subtract(fee);
      return;
    }
    const feeInBase = order.side === 'buy' ? fee : Decimal.zero;
    ledger.spotBtc = ledger.spotBtc.add(bought).subtract(feeInBase);
    ledger.spotUsdt = ledger.spotUsdt.subtract(paid).subtract(fee.subtract(feeInBase));
  }

  /** No money appears or is lost: the totals are what was there, moved by what was executed. */
  checkConservation(): void {
    const { state } = this.desk;
    const total = (key: string): Decimal => state.balances.get(`${ACCOUNT} ${key}`)?.total ?? Decimal.zero;
    expect(total('spot USDT').toString()).toBe(this.ledger.spotUsdt.toString());
    expect(total('spot BTC').toString()).toBe(this.ledger.spotBtc.toString());
    const position = state.positions.get(instrumentKey(ACCOUNT, SWAP));
    const open = position === undefined ? Decimal.zero : unrealizedPnl(position, MARK);
    const worth = this.ledger.swapCash.add(this.ledger.swapNet.multiply(MARK));
    expect(total('linear_swap USDT').add(open).toString()).toBe(worth.toString());
  }

  one(pickAt: number, wanted: (order: Order) => boolean): Order | undefined {
    const orders = [...this.desk.state.unfinished.values()].filter(wanted);
    return orders[pickAt % Math.max(orders.length, 1)];
  }

  check(): void {
    const { state } = this.desk;
    for (const symbol of [SPOT, SWAP]) {
      const held = netQuantityOf(state, ACCOUNT, symbol, 'net').multiply(MARK);
      const buys = this.openNotional(symbol, 'buy');
      const sells = symbol === SPOT ? Decimal.zero : this.openNotional(symbol, 'sell');
      expect(held.max(Decimal.zero).add(buys).atMost(MAX_POSITION)).toBe(true);
      expect(held.negate().max(Decimal.zero).add(sells).atMost(MAX_POSITION)).toBe(true);
    }
    for (const of of ['USDT', 'BTC']) {
      const total = state.balances.get(`${ACCOUNT} spot ${of}`)?.total ?? Decimal.zero;
      expect(heldOf(state, ACCOUNT, 'spot', asset(of), null).atMost(total)).toBe(true);
    }
    if (this.hasBareCloser) return;
    const total = state.balances.get(`${ACCOUNT} linear_swap USDT`)?.total ?? Decimal.zero;
    const tiedUp = marginTiedUp(state, ACCOUNT, 'linear_swap', asset('USDT'), MARKS, new Map());
    expect(heldOf(state, ACCOUNT, 'linear_swap', asset('USDT'), null).add(tiedUp).atMost(total)).toBe(true);
  }

  /** The sums that are moved by each change are those that are made anew from all orders. */
  checkSums(): void {
    const { state } = this.desk;
    const anew = { ...state };
    // Another mark moves the sums as well: now and then there and back.
    const marks = this.desk.at % 70 === 0 ? [MARK, decimal('93.5'), decimal('104.5')] : [MARK];
    const excluding = this.one(this.desk.at, () => true)?.orderId ?? null;
    for (const symbol of [SPOT, SWAP]) {
      for (const mark of marks) {
        for (const without of [null, excluding]) {
          expect(openOn(state, ACCOUNT, symbol, 'net', mark, without)).toEqual(
            openOn(anew, ACCOUNT, symbol, 'net', mark, without),
          );
        }
      }
    }
    for (const [wallet, of] of [
      ['spot', 'USDT'],
      ['spot', 'BTC'],
      ['linear_swap', 'USDT'],
    ] as const) {
      const ofOrders = [...state.unfinished.values()]
        .filter(({ hold }) => hold?.wallet === wallet && hold.holdAsset === of)
        .map(heldAmount);
      const held = ofOrders.reduce((sum, amount) => sum.add(amount), Decimal.zero);
      expect(heldOf(state, ACCOUNT, wallet, asset(of), null)).toEqual(held);
    }
  }

  /** What the open orders of a side come to at the mark, counted here from the orders themselves. */
  openNotional(symbol: Order['symbol'], side: Order['side']): Decimal {
    let notional = Decimal.zero;
    for (const order of this.desk.state.unfinished.values()) {
      if (order.symbol !== symbol || order.side !== side || order.reduceOnly) continue;
      const quantity = order.quantity?.subtract(order.filledQuantity);
      notional = notional.add(
        quantity?.multiply(MARK) ?? order.cost?.subtract(order.filledCost) ?? Decimal.zero,
      );
    }
    return notional;
  }
}

function openQuantity(
  desk: Desk,
  symbol: Order['symbol'],
  side: Order['side'],
  except: Order['orderId'],
): Decimal {
  let open = Decimal.zero;
  for (const order of desk.state.unfinished.values()) {
    if (order.symbol === symbol && order.side === side && order.orderId !== except)
      open = open.add(remainingQuantity(order) ?? Decimal.zero);
  }
  return open;
}

function outcomeOf(order: Order, how: 'accepted' | 'unknown' | 'refused' | 'not_sent'): SendOutcome {
  switch (how) {
    case 'accepted':
      return accepted(order);
    case 'unknown':
      return { kind: 'unknown', detail: '' };
    case 'refused':
      return { kind: 'refused', reason: { kind: 'other', venueCode: '', venueMessage: '' } };
    case 'not_sent':
      return { kind: 'not_sent', reason: 'connect_failed', detail: '' };
  }
}

describe('any interleaving', () => {
  it('keeps within the limit and the balance, loses no money, lets out what shrinks exposure, and replays to the same state', () => {
    const seen = { trades: 0, reducing: 0, accepted: 0, denied: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const walk = new Walk();
        for (const taken of steps) {
          walk.take(taken);
          walk.check();
          walk.checkSums();
          walk.checkConservation();
        }
        walk.desk.expectReplayEqual();
        for (const order of walk.desk.state.finished.values()) expect(heldAmount(order).isZero()).toBe(true);
        seen.trades += walk.trades;
        seen.reducing += walk.placedReducing;
        for (const { type } of walk.desk.journal) {
          if (type === 'order_accepted') seen.accepted += 1;
          if (type === 'order_denied') seen.denied += 1;
        }
      }),
      { numRuns: 100 },
    );
    // A walk that hardly trades would prove nothing.
    expect(seen.trades).toBeGreaterThan(300);
    expect(seen.reducing).toBeGreaterThan(60);
    expect(seen.accepted).toBeGreaterThan(300);
    expect(seen.denied).toBeGreaterThan(60);
  });
});
