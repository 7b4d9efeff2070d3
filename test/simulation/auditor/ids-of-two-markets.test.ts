/** Binance counts orders and trades by market: the auditor takes nothing for what another market has under the same ids. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/core/decimal.ts';
import type { Fill, Order } from '../../../src/simulators/exchange/order.ts';
import { Random } from '../../../src/simulators/exchange/random.ts';
import { Faults, NO_FAULTS } from '../faults.ts';
import { evidenceOf } from '../testing/evidence.ts';
import { OUR_ACCOUNT, PLAIN_ACCOUNT, SimulatedVenue } from '../venue.ts';
import { START_AT, VirtualTime } from '../virtual-time.ts';
import { AuditedRun } from './audited-run.ts';
import { coinFees } from './coin-fees.ts';
import { driftExplained } from './drift.ts';
import { equityIsTrue } from './equity.ts';
import type { JournaledLine, ServiceView, ShownDrift, ShownFill, ShownOrder } from './evidence.ts';
import { nothingLost } from './nothing-lost.ts';

const TAG = 'ours';
const JOINED_AT = START_AT + 60_000;
const MARKETS = ['BTC/USDT', 'ETH/USDT'] as const;
type Market = (typeof MARKETS)[number];
type Line = Pick<JournaledLine, 'type' | 'payload'>;

function venueWithCoin(): SimulatedVenue {
  return new SimulatedVenue(new VirtualTime(), new Faults(NO_FAULTS, new Random(1)), {
    ...PLAIN_ACCOUNT,
    seed: 1,
    swap: false,
    paysInCoin: true,
    balances: [
      { wallet: 'spot', asset: 'USDT', amount: '200000' },
      { wallet: 'spot', asset: 'BNB', amount: '5' },
      { wallet: 'swap', asset: 'BNB', amount: '5' },
    ],
  });
}

/** The first purchase on each market: their ids are the same. */
function boughtOnBoth(venue: SimulatedVenue): Record<Market, Fill> {
  const bought = (symbol: Market): Fill => {
    venue.exchange.placeOrder(venue.now(), OUR_ACCOUNT, {
      symbol,
      side: 'buy',
      type: 'market',
      quantity: decimal('0.01'),
      clientOrderId: `${TAG}-${symbol}`,
    });
    const [fill] = venue.exchange.fills(OUR_ACCOUNT, { symbol });
    if (fill === undefined) throw new Error(`nothing was bought on ${symbol}`);
    return fill;
  };
  const fills = { 'BTC/USDT': bought('BTC/USDT'), 'ETH/USDT': bought('ETH/USDT') };
  const [one, other] = Object.values(fills).map(({ venueOrderId, tradeId }) => [venueOrderId, tradeId]);
  expect(one).toEqual(other);
  return fills;
}

/** The first order of somebody else on each market: their ids are the same. */
function orderedByOthers(venue: SimulatedVenue): Record<Market, Order> {
  const ordered = (symbol: Market, price: string): Order => {
    const result = venue.exchange.placeOrder(venue.now(), OUR_ACCOUNT, {
      symbol,
      side: 'buy',
      type: 'limit',
      quantity: decimal('0.01'),
      price: decimal(price),
    });
    if (!result.ok) throw new Error(result.refusal.code);
    return result.order;
  };
  const orders = { 'BTC/USDT': ordered('BTC/USDT', '55000'), 'ETH/USDT': ordered('ETH/USDT', '2300') };
  expect(orders['BTC/USDT'].venueOrderId).toBe(orders['ETH/USDT'].venueOrderId);
  return orders;
}

function runOf(
  venue: SimulatedVenue,
  journal: readonly Line[],
  shown: Partial<ServiceView> = {},
): AuditedRun {
  return new AuditedRun(
    evidenceOf(
      venue,
      journal.map((line) => ({ at: JOINED_AT, ...line })),
      shown,
      { tag: TAG, pinned: false, coinPrices: [decimal('600'), decimal('500')] },
    ),
  );
}

function booked({ symbol, venueOrderId, tradeId }: Fill): Line {
  return { type: 'fill_booked', payload: { fill: { symbol, venueOrderId, tradeId } } };
}

function coinAt(price: string): Line {
  return { type: 'equity_observed', payload: { prices: [{ key: 'BNB', price }] } };
}

function orderShown(orderId: string, { symbol, clientOrderId }: Fill): ShownOrder {
  return {
    orderId,
    venueClientOrderId: clientOrderId ?? '',
    strategy: null,
    requestedBy: 'caller',
    symbol,
    side: 'buy',
    positionSide: 'net',
    reduceOnly: false,
    type: 'market',
    quantity: '0.01',
    cost: null,
    price: null,
    protectionPrice: null,
    status: 'filled',
    filledQuantity: '0.01',
    filledCost: '0',
    fees: [],
    venueOrderIds: [],
  };
}

function fillShown({ tradeId, venueOrderId, side, price, quantity, fee, feeAsset }: Fill): ShownFill {
  return {
    tradeId,
    venueOrderId,
    side,
    price: price.toString(),
    quantity: quantity.toString(),
    fee: fee.toString(),
    feeAsset,
  };
}

describe('the auditor, where two markets have the same ids,', () => {
  it('values the fee of each execution at the price that the coin had when it was charged', () => {
    const venue = venueWithCoin();
    const { 'BTC/USDT': first, 'ETH/USDT': second } = boughtOnBoth(venue);
    const run = runOf(venue, [coinAt('600'), booked(first), coinAt('500'), booked(second)]);
    const expected = first.fee.multiply(decimal('600')).add(second.fee.multiply(decimal('500')));
    expect(coinFees(run).toString()).toBe(expected.toString());
    expect(run.violations).toEqual([]);
  });

  it('does not take an execution of before the account joined for one that was booked', () => {
    const venue = venueWithCoin();
    const { 'BTC/USDT': known } = boughtOnBoth(venue);
    const joined = { type: 'capital_moved', payload: { cause: 'joined' } };
    const equity = { current: '100', low: '100', high: '100', capital: '100', uncertain: null };
    const run = runOf(venue, [coinAt('600'), booked(known), joined], { equity });
    equityIsTrue(run);
    // The result of the other execution is part of what the account brought in, so that nothing is certain.
    expect(run.violations).toEqual([]);
  });

  it('finds an execution that is shown twice', () => {
    const venue = venueWithCoin();
    const { 'BTC/USDT': fill } = boughtOnBoth(venue);
    const run = runOf(venue, [], {
      all: [orderShown('order-1', fill)],
      fillsOf: new Map([['order-1', [fillShown(fill), fillShown(fill)]]]),
    });
    nothingLost(run);
    expect(run.violations.filter((text) => text.endsWith('is shown twice'))).toHaveLength(1);
  });

  it('asks for a case of the order of others that works, not of the one that has ended', () => {
    const venue = venueWithCoin();
    const { 'BTC/USDT': ended, 'ETH/USDT': working } = orderedByOthers(venue);
    venue.cancel({ symbol: ended.symbol, venueOrderId: ended.venueOrderId });
    const caseOf = ({ symbol, venueOrderId }: Order): ShownDrift => ({
      kind: 'external_order',
      subject: venueOrderId,
      symbol,
      orderId: null,
      ours: 'no such order',
      theirs: '',
      detail: '',
    });
    const rightly = runOf(venue, [], { drift: [caseOf(working)] });
    driftExplained(rightly);
    expect(rightly.violations).toEqual([]);
    const wrongly = runOf(venue, [], { drift: [caseOf(ended)] });
    driftExplained(wrongly);
    expect(wrongly.violations).toEqual([
      expect.stringContaining('a drift case without a cause'),
      expect.stringContaining('no drift case shows'),
    ]);
  });
});
