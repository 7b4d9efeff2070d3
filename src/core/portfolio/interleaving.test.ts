/**
 * Any interleaving of placements, outcomes, executions, cancels and look-ups, at a fixed mark and with a venue that
 * does not contradict itself: nothing passes the limit, nothing is reserved twice, and the journal replays to the same state.
 * In one-way and hedged mode, with spot and swaps apart and in one wallet. The sums here are counted from the orders and
 * executions of the walk, without the product's own sums.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldOf } from '../balance/available.ts';
import { marginTiedUp } from '../balance/margin.ts';
import type { Wallet } from '../balance/wallet.ts';
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
import { openOn, restingOn, type RestingOnInstrument } from '../order/open-orders.ts';
import type { PositionSide } from '../order/terms.ts';
import { netQuantityOf } from '../risk/exposure.ts';
import type { MarketContext } from '../risk/rule.ts';
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
import { balanceKey, instrumentKey, positionKey } from './keys.ts';

const MARK = decimal('100');
const MAX_POSITION = decimal('900');
/** Lower for a hedged account, whose orders here are smaller: either side is to reach it by the other. */
const MAX_TOTAL = { one_way: decimal('1500'), hedged: decimal('600') };
const LIMITS = {
  ...NO_LIMITS,
  maxPositionNotional: MAX_POSITION,
  maxTotalExposure: MAX_TOTAL.one_way,
  maxDailyLoss: decimal('50'),
  maxDrawdown: decimal('0.2'),
  maxLeverage: decimal('1'),
};
const MARKS = new Map([SPOT, SWAP].map((symbol) => [instrumentKey(ACCOUNT, symbol), MARK]));

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
  /** Which position an order of a hedged account trades. */
  long: fc.boolean(),
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

interface Account {
  readonly hedged: boolean;
  readonly unified: boolean;
}

const SIDES: readonly PositionSide[] = ['net', 'long', 'short'];

/** Whether an order can only close: reduce-only, or against the side of its position. Said here anew. */
function closes({
  reduceOnly,
  positionSide,
  side,
}: Pick<Order, 'reduceOnly' | 'positionSide' | 'side'>): boolean {
  return (
    reduceOnly || (positionSide === 'long' && side === 'sell') || (positionSide === 'short' && side === 'buy')
  );
}

class Walk {
  readonly desk: Desk;
  readonly account: Account;
  readonly maxTotal: Decimal;
  readonly market: Pick<MarketContext, 'limits' | 'marks'>;
  trades = 0;
  /** Set once a swap order that is not reduce-only was let through as closing: its margin is not reserved. */
  hasBareCloser = false;
  placedReducing = 0;
  /** The totals that the accounts must have after all executions: counted here, apart from the books. */
  readonly ledger = {
    spotUsdt: decimal('2500'),
    spotBtc: decimal('3'),
    swapCash: decimal('2500'),
    swapHeld: { net: Decimal.zero, long: Decimal.zero, short: Decimal.zero },
  };

  constructor(account: Account) {
    this.account = account;
    this.desk = account.unified ? Desk.unified('settle_asset', '5000', '3') : Desk.funded('2500', '3');
    if (account.hedged) this.desk.hedge();
    this.maxTotal = account.hedged ? MAX_TOTAL.hedged : MAX_TOTAL.one_way;
    this.market = { limits: { ...LIMITS, maxTotalExposure: this.maxTotal }, marks: MARKS };
  }

  wallet(kind: Order['kind']): Wallet {
    return this.account.unified ? 'unified' : kind;
  }

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
        const context = marketContext({ at: desk.at, instrument, ...this.market });
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
        desk.readEquity(String(taken.pnl), { limits: LIMITS });
        return;
      case 'reset_ladder':
        desk.run({ type: 'reset_ladder', mode: 'paper', requestedBy: 'walk', why: 'walk' });
        return;
    }
  }

  place(taken: Extract<Step, { kind: 'place' }>): void {
    const symbol = taken.swap ? SWAP : SPOT;
    const positionSide = taken.swap && this.account.hedged ? (taken.long ? 'long' : 'short') : 'net';
    const net = taken.swap
      ? this.ledger.swapHeld[positionSide]
      : netQuantityOf(this.desk.state, ACCOUNT, symbol, 'net');
    // Smaller on a hedged account, so that both sides find room within the limits.
    const quantity = Decimal.of(BigInt(this.account.hedged ? Math.ceil(taken.lots / 3) : taken.lots), 3);
    const price = Decimal.of(BigInt(taken.ticks), 2);
    const { side } = taken;
    const reduceOnly =
      taken.swap &&
      taken.reduceOnly &&
      (positionSide === 'net' || closes({ reduceOnly: false, positionSide, side }));
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
        positionSide,
        quantity: isCost ? null : quantity,
        cost: isCost ? quantity.multiply(MARK) : null,
        reduceOnly,
      },
      this.market,
    );
    const closable = side === 'sell' ? net : net.negate();
    const shrinks = taken.swap
      ? quantity
          .add(openQuantity(this.desk, { symbol, side, positionSide }, decision.orderId))
          .atMost(closable)
      : side === 'sell';
    const isCloser = closes({ reduceOnly, positionSide, side }) && closable.isPositive();
    if (shrinks || (taken.swap && isCloser)) {
      this.placedReducing += 1;
      const refusals = decision.reply.kind === 'denied' ? decision.reply.refusals : [];
      expect(refusals.filter(({ rule }) => NEVER_FOR_REDUCING.includes(rule))).toEqual([]);
    }
    const order = this.desk.order(decision.orderId);
    if (order.approval?.reducing === true && taken.swap && !closes(order)) this.hasBareCloser = true;
    if (decision.reply.kind !== 'denied' && closes(order)) expect(closable.isPositive()).toBe(true);
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
    if (closes(order)) {
      const net = this.ledger.swapHeld[order.positionSide];
      quantity = quantity.min((isBuy ? net.negate() : net).max(Decimal.zero));
    }
    if (!quantity.isPositive()) return;
    this.trades += 1;
    const rate = decimal('0.001');
    const inBase = order.kind === 'spot' && isBuy;
    const fee = closes(order) ? Decimal.zero : (inBase ? quantity : quantity.multiply(price)).multiply(rate);
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
      ledger.swapHeld[order.positionSide] = ledger.swapHeld[order.positionSide].add(bought);
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
    const { spotUsdt, spotBtc, swapCash, swapHeld } = this.ledger;
    expect(this.total('spot', 'BTC').toString()).toBe(spotBtc.toString());
    let worth = swapCash;
    let open = Decimal.zero;
    for (const side of SIDES) {
      const position = state.positions.get(positionKey(ACCOUNT, SWAP, side));
      expect((position?.netQuantity ?? Decimal.zero).toString()).toBe(swapHeld[side].toString());
      worth = worth.add(swapHeld[side].multiply(MARK));
      if (position !== undefined) open = open.add(unrealizedPnl(position, MARK));
    }
    // Neither position of a hedged account turns over, nor is one of them netted against the other.
    expect(swapHeld.long.isNegative() || swapHeld.short.isPositive()).toBe(false);
    if (this.account.unified) {
      expect(this.total('spot', 'USDT').add(open).toString()).toBe(spotUsdt.add(worth).toString());
      return;
    }
    expect(this.total('spot', 'USDT').toString()).toBe(spotUsdt.toString());
    expect(this.total('linear_swap', 'USDT').add(open).toString()).toBe(worth.toString());
  }

  total(kind: Order['kind'], of: string): Decimal {
    return (
      this.desk.state.balances.get(balanceKey(ACCOUNT, this.wallet(kind), asset(of)))?.total ?? Decimal.zero
    );
  }

  one(pickAt: number, wanted: (order: Order) => boolean): Order | undefined {
    const orders = [...this.desk.state.unfinished.values()].filter(wanted);
    return orders[pickAt % Math.max(orders.length, 1)];
  }

  check(): void {
    const { state } = this.desk;
    let exposure = Decimal.zero;
    for (const symbol of [SPOT, SWAP]) {
      for (const side of SIDES) {
        const net =
          symbol === SWAP ? this.ledger.swapHeld[side] : netQuantityOf(state, ACCOUNT, symbol, side);
        const held = net.multiply(MARK);
        const sells = symbol === SPOT ? Decimal.zero : this.openNotional(symbol, 'sell', side);
        const long = held.max(Decimal.zero).add(this.openNotional(symbol, 'buy', side));
        const short = held.negate().max(Decimal.zero).add(sells);
        expect(long.atMost(MAX_POSITION)).toBe(true);
        expect(short.atMost(MAX_POSITION)).toBe(true);
        exposure = exposure.add(long.max(short));
      }
    }
    expect(exposure.atMost(this.maxTotal)).toBe(true);
    if (this.account.unified && this.hasBareCloser) return;
    for (const of of ['USDT', 'BTC'])
      expect(
        heldOf(state, ACCOUNT, this.wallet('spot'), asset(of), null).atMost(this.total('spot', of)),
      ).toBe(true);
    if (this.hasBareCloser) return;
    const held = heldOf(state, ACCOUNT, this.wallet('linear_swap'), asset('USDT'), null);
    expect(held.add(this.marginOfPositions()).atMost(this.total('linear_swap', 'USDT'))).toBe(true);
  }

  /** At a leverage of one: each position in full at the mark, and its open loss; counted here from the executions. */
  marginOfPositions(): Decimal {
    const { state } = this.desk;
    let margin = Decimal.zero;
    for (const side of SIDES) {
      const position = state.positions.get(positionKey(ACCOUNT, SWAP, side));
      const loss =
        position === undefined ? Decimal.zero : unrealizedPnl(position, MARK).min(Decimal.zero).negate();
      margin = margin.add(this.ledger.swapHeld[side].abs().multiply(MARK)).add(loss);
    }
    const wallet = this.wallet('linear_swap');
    expect(marginTiedUp(state, ACCOUNT, wallet, asset('USDT'), MARKS, new Map()).toString()).toBe(
      margin.toString(),
    );
    return margin;
  }

  /** The sums that are moved by each change are those that are made anew from all orders. */
  checkSums(): void {
    const { state } = this.desk;
    const anew = { ...state };
    // Another mark moves the sums as well: now and then there and back.
    const marks = this.desk.at % 70 === 0 ? [MARK, decimal('93.5'), decimal('104.5')] : [MARK];
    const excluding = this.one(this.desk.at, () => true)?.orderId ?? null;
    for (const symbol of [SPOT, SWAP]) {
      for (const positionSide of SIDES) {
        for (const mark of marks) {
          for (const without of [null, excluding]) {
            const sums = openOn(state, ACCOUNT, symbol, positionSide, mark, without);
            expect(sums).toEqual(openOn(anew, ACCOUNT, symbol, positionSide, mark, without));
            for (const side of ['buy', 'sell'] as const) {
              const quantity = openQuantity(this.desk, { symbol, side, positionSide }, without);
              expect(sums[`${side}Quantity`].toString()).toBe(quantity.toString());
            }
          }
        }
      }
      expect(restingOn(state, ACCOUNT, symbol, excluding)).toEqual(this.resting(symbol, excluding));
    }
    for (const [kind, of] of [
      ['spot', 'USDT'],
      ['spot', 'BTC'],
      ['linear_swap', 'USDT'],
    ] as const) {
      const wallet = this.wallet(kind);
      const ofOrders = [...state.unfinished.values()]
        .filter(({ hold }) => hold?.wallet === wallet && hold.holdAsset === of)
        .map(heldAmount);
      const held = ofOrders.reduce((sum, amount) => sum.add(amount), Decimal.zero);
      expect(heldOf(state, ACCOUNT, wallet, asset(of), null)).toEqual(held);
    }
  }

  /** Our own best prices on an instrument, of the orders of whichever position. */
  resting(symbol: Order['symbol'], except: Order['orderId'] | null): RestingOnInstrument {
    const prices = (side: Order['side']): Decimal[] =>
      [...this.desk.state.unfinished.values()].flatMap((order) =>
        order.symbol === symbol && order.side === side && order.orderId !== except && order.type === 'limit'
          ? (order.price ?? [])
          : [],
      );
    const best = (of: Decimal[], better: (left: Decimal, right: Decimal) => Decimal): Decimal | null =>
      of.length === 0 ? null : of.reduce(better);
    return {
      lowestOffer: best(prices('sell'), (left, right) => left.min(right)),
      highestBid: best(prices('buy'), (left, right) => left.max(right)),
    };
  }

  /** The worth of a side's open orders at the mark, counted here from the orders themselves. */
  openNotional(symbol: Order['symbol'], side: Order['side'], of: PositionSide): Decimal {
    let notional = Decimal.zero;
    for (const order of this.desk.state.unfinished.values()) {
      if (order.symbol !== symbol || order.side !== side || order.positionSide !== of || closes(order))
        continue;
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
  { symbol, side, positionSide }: Pick<Order, 'symbol' | 'side' | 'positionSide'>,
  except: Order['orderId'] | null,
): Decimal {
  let open = Decimal.zero;
  for (const order of desk.state.unfinished.values()) {
    const isThere = order.symbol === symbol && order.side === side && order.positionSide === positionSide;
    if (isThere && order.orderId !== except) open = open.add(remainingQuantity(order) ?? Decimal.zero);
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

/** Ample on a busy machine. */
const WALKS_MS = 240_000;

describe.each([
  ['a one-way account', { hedged: false, unified: false }, 100],
  ['a hedged account', { hedged: true, unified: false }, 50],
  ['a one-way account with one wallet', { hedged: false, unified: true }, 30],
  ['a hedged account with one wallet', { hedged: true, unified: true }, 50],
] as const)('any interleaving on %s', (_what, account, numRuns) => {
  it(
    'keeps within the limit and the balance, loses no money, lets out what shrinks exposure, and replays to the same state',
    { timeout: WALKS_MS },
    () => {
      const seen = { trades: 0, reducing: 0, accepted: 0, denied: 0, bothSides: 0 };
      const walks = fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const walk = new Walk(account);
        for (const taken of steps) {
          walk.take(taken);
          walk.check();
          walk.checkSums();
          walk.checkConservation();
          const { long, short } = walk.ledger.swapHeld;
          if (!long.isZero() && !short.isZero()) seen.bothSides += 1;
        }
        walk.desk.expectReplayEqual();
        for (const order of walk.desk.state.finished.values()) expect(heldAmount(order).isZero()).toBe(true);
        seen.trades += walk.trades;
        seen.reducing += walk.placedReducing;
        for (const { type } of walk.desk.journal) {
          if (type === 'order_accepted') seen.accepted += 1;
          if (type === 'order_denied') seen.denied += 1;
        }
      });
      fc.assert(walks, { numRuns });
      // Both sides are open for long stretches of few walks: where chance gave hardly any, there are more walks.
      const isScarce = (): boolean => account.hedged && seen.bothSides <= 0.2 * numRuns;
      for (let more = 0; more < 5 && isScarce(); more += 1) fc.assert(walks, { numRuns });
      // A walk that hardly trades would prove nothing.
      expect(seen.trades).toBeGreaterThan(1.5 * numRuns);
      expect(seen.reducing).toBeGreaterThan(0.3 * numRuns);
      expect(seen.accepted).toBeGreaterThan(numRuns);
      expect(seen.denied).toBeGreaterThan(0.3 * numRuns);
      expect(isScarce()).toBe(false);
    },
  );
});
