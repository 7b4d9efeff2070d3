/** Linear swaps in tables: positions, margin, reduce-only, conditional orders, funding, liquidation. BTC/USDT:USDT is held at 60000. */
import { describe, expect, test } from 'vitest';
import { decimal, Decimal } from '../../core/decimal.ts';
import type { ExchangeEvent } from './event.ts';
import { BTC_SWAP, examplePolicy, heldExchange, START_AT } from './example-venue.ts';
import type { Exchange } from './exchange.ts';
import type { DoneResult, OrderResult } from './results.ts';
import type { Position } from './account.ts';
import type { Order, OrderRequest } from './order.ts';

const AT = START_AT + 1;
const SYMBOL = 'BTC/USDT:USDT';
const EIGHT_HOURS = 28_800_000;

type Terms = Omit<OrderRequest, 'symbol' | 'side' | 'type' | 'quantity' | 'price' | 'stopPrice'>;

function market(side: 'buy' | 'sell', quantity: string, terms: Terms = {}): OrderRequest {
  return { symbol: SYMBOL, side, type: 'market', quantity: decimal(quantity), ...terms };
}

function limit(side: 'buy' | 'sell', quantity: string, price: string, terms: Terms = {}): OrderRequest {
  return {
    symbol: SYMBOL,
    side,
    type: 'limit',
    quantity: decimal(quantity),
    price: decimal(price),
    ...terms,
  };
}

function placed(result: OrderResult): Order {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.order;
}

function refusal(result: OrderResult | DoneResult): string {
  return result.ok ? 'accepted' : result.refusal.code;
}

function position(exchange: Exchange, accountId = 'alice'): Position {
  const found = exchange.positions(accountId).find((one) => one.symbol === SYMBOL);
  if (found === undefined) throw new Error('no position');
  return found;
}

function wallet(exchange: Exchange, accountId = 'alice'): string {
  const [balance] = exchange.balances(accountId, 'swap');
  return balance?.total.toString() ?? '0';
}

function move(exchange: Exchange, price: string): void {
  exchange.movePrice(exchange.now() + 1, SYMBOL, [decimal(price)], true);
}

/** Users and the venue's own accounts together, with what open positions cost. */
function conserved(exchange: Exchange): string {
  return exchange.supply('USDT').subtract(exchange.openCost('USDT')).toString();
}

describe('positions', () => {
  test('open, grow, reduce, flip: average entry and realised PnL', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    expect(position(exchange)).toMatchObject({ leverage: 20, marginMode: 'cross' });
    expect(position(exchange).entryPrice.toString()).toBe('60000.01');
    move(exchange, '62000');
    placed(exchange.placeOrder(exchange.now(), 'alice', market('buy', '1')));
    expect(position(exchange).entryPrice.toString()).toBe('61000.01');
    expect(position(exchange).unrealizedPnl.toString()).toBe('1999.98');
    const [, , fill] = [...exchange.fills('alice', {}), ...placedFills(exchange, market('sell', '0.5'))];
    // Sold half a coin at the bid, one tick below the mid.
    expect(fill?.realizedPnl.toString()).toBe('499.99');
    expect(position(exchange).quantity.toString()).toBe('1.5');
    placed(exchange.placeOrder(exchange.now(), 'alice', market('sell', '2')));
    expect(position(exchange).quantity.toString()).toBe('-0.5');
    expect(position(exchange).entryPrice.toString()).toBe('61999.99');
    expect(position(exchange).realizedPnl.isZero()).toBe(true);
  });

  test('realised PnL has no more digits than money: the wallet moves by the sums of the fills', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '0.003')));
    move(exchange, '60000.7');
    placed(exchange.placeOrder(exchange.now(), 'alice', market('buy', '0.004')));
    const before = decimal(wallet(exchange));
    const reported = ['0.002', '0.001', '0.001', '0.003'].flatMap((quantity) =>
      placedFills(exchange, market('sell', quantity)),
    );
    for (const { realizedPnl } of reported)
      expect(realizedPnl.toString()).toBe(realizedPnl.divide(decimal('1'), 8, 'toward_zero').toString());
    const moved = reported.reduce((sum, fill) => sum.add(fill.realizedPnl).subtract(fill.fee), before);
    expect(wallet(exchange)).toBe(moved.toString());
    expect(position(exchange).quantity.isZero()).toBe(true);
  });

  test('fees are paid from the wallet, in the settle asset', () => {
    const exchange = heldExchange();
    const [fill] = placedFills(exchange, market('buy', '1'));
    expect([fill?.fee.toString(), fill?.feeAsset]).toEqual(['30.000005', 'USDT']);
    expect(wallet(exchange)).toBe('99969.999995');
  });

  function placedFills(exchange: Exchange, request: OrderRequest) {
    const result = exchange.placeOrder(exchange.now(), 'alice', request);
    return result.ok ? result.fills : [];
  }
});

describe('margin', () => {
  test('an order needs its margin, at the leverage that is set', () => {
    const exchange = heldExchange();
    exchange.setLeverage(AT, 'alice', SYMBOL, 1);
    expect(refusal(exchange.placeOrder(AT, 'alice', limit('buy', '2', '50000')))).toBe(
      'insufficient_balance',
    );
    exchange.setLeverage(AT, 'alice', SYMBOL, 10);
    expect(refusal(exchange.placeOrder(AT, 'alice', limit('buy', '2', '50000')))).toBe('accepted');
    expect(exchange.margin('alice')).toMatchObject({ asset: 'USDT' });
    expect(exchange.margin('alice')?.openOrderInitialMargin.toString()).toBe('10000');
    expect(exchange.margin('alice')?.availableBalance.toString()).toBe('90000');
    expect(refusal(exchange.setLeverage(AT, 'alice', SYMBOL, 126))).toBe('leverage_out_of_range');
  });

  test('an order against the position needs margin only for what goes beyond it', () => {
    const exchange = heldExchange();
    exchange.setLeverage(AT, 'alice', SYMBOL, 1);
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1.6')));
    expect(refusal(exchange.placeOrder(AT, 'alice', limit('sell', '1.6', '61000')))).toBe('accepted');
    expect(refusal(exchange.placeOrder(AT, 'alice', limit('buy', '1', '60000')))).toBe(
      'insufficient_balance',
    );
  });

  test('a lower leverage that the wallet cannot carry is refused', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '10')));
    expect(refusal(exchange.setLeverage(AT, 'alice', SYMBOL, 2))).toBe('insufficient_balance');
    expect(position(exchange).leverage).toBe(20);
  });

  test('the margin mode changes only while flat and without orders', () => {
    const exchange = heldExchange();
    const order = placed(exchange.placeOrder(AT, 'alice', limit('buy', '1', '50000')));
    expect(refusal(exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated'))).toBe('margin_mode_in_use');
    exchange.cancelOrder(AT, 'alice', order);
    expect(refusal(exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated'))).toBe('accepted');
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    expect(position(exchange).isolatedMargin.toString()).toBe('3000.0005');
  });
});

describe('reduce-only', () => {
  test('is refused without a position to reduce, and never goes beyond it', () => {
    const exchange = heldExchange();
    const reduce = market('sell', '3', { reduceOnly: true });
    expect(refusal(exchange.placeOrder(AT, 'alice', reduce))).toBe('reduce_only_refused');
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    expect(refusal(exchange.placeOrder(AT, 'alice', market('buy', '1', { reduceOnly: true })))).toBe(
      'reduce_only_refused',
    );
    const order = placed(exchange.placeOrder(AT, 'alice', reduce));
    expect(order).toMatchObject({ status: 'expired', endReason: 'reduce_only' });
    expect(order.filled.toString()).toBe('1');
    expect(position(exchange).quantity.isZero()).toBe(true);
  });

  test('a resting one ends when the position is gone', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    const resting = placed(
      exchange.placeOrder(AT, 'alice', limit('sell', '1', '70000', { reduceOnly: true })),
    );
    placed(exchange.placeOrder(AT, 'alice', market('sell', '1')));
    expect(exchange.lookUp(AT, 'alice', resting)).toMatchObject({
      status: 'expired',
      endReason: 'reduce_only',
    });
  });
});

describe('conditional orders', () => {
  const stop = (
    terms: Terms & { readonly quantity?: Decimal } = { quantity: decimal('1') },
  ): OrderRequest => ({
    symbol: SYMBOL,
    side: 'sell',
    type: 'stop_market',
    stopPrice: decimal('59000'),
    ...terms,
  });

  test('a trigger creates a new venue order with an id of its own and links the two', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    const conditional = placed(
      exchange.placeOrder(
        AT,
        'alice',
        stop({ quantity: decimal('1'), reduceOnly: true, clientOrderId: 'algo' }),
      ),
    );
    expect(conditional).toMatchObject({ status: 'untriggered', conditional: true });
    expect(exchange.openOrders('alice', {})).toEqual([]);
    expect(exchange.openOrders('alice', { conditional: true })).toHaveLength(1);
    const events: ExchangeEvent[] = [];
    exchange.subscribe((reported) => events.push(...reported));
    move(exchange, '59000');
    const triggered = exchange.lookUp(exchange.now(), 'alice', conditional);
    expect(triggered).toMatchObject({ status: 'triggered' });
    const created = exchange.orders(exchange.now(), 'alice', {}).at(-1);
    expect(created).toMatchObject({
      venueOrderId: triggered?.triggeredVenueOrderId,
      conditionalVenueOrderId: conditional.venueOrderId,
      clientOrderId: null,
      type: 'market',
      status: 'filled',
      reduceOnly: true,
    });
    const changes = events.flatMap((event) =>
      event.kind === 'order' ? [`${event.order.conditional} ${event.change}`] : [],
    );
    expect(changes).toEqual(['false accepted', 'true triggered', 'false filled']);
    expect(position(exchange).quantity.isZero()).toBe(true);
  });

  test('one that cannot be placed when it triggers is rejected', () => {
    const exchange = heldExchange();
    const conditional = placed(
      exchange.placeOrder(AT, 'alice', stop({ quantity: decimal('1'), reduceOnly: true })),
    );
    move(exchange, '59000');
    expect(exchange.lookUp(exchange.now(), 'alice', conditional)).toMatchObject({
      status: 'rejected',
      endReason: 'reduce_only',
    });
  });

  test('closePosition closes what stands then, and expires when nothing does', () => {
    const exchange = heldExchange();
    const early = placed(exchange.placeOrder(AT, 'alice', stop({ closePosition: true })));
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1.5')));
    move(exchange, '59000');
    expect(position(exchange).quantity.isZero()).toBe(true);
    expect(exchange.lookUp(exchange.now(), 'alice', early)?.status).toBe('triggered');
    const late = placed(
      exchange.placeOrder(exchange.now(), 'alice', {
        ...stop({ closePosition: true }),
        stopPrice: decimal('58000'),
      }),
    );
    move(exchange, '58000');
    expect(exchange.lookUp(exchange.now(), 'alice', late)).toMatchObject({
      status: 'expired',
      endReason: 'reduce_only',
    });
  });

  test('by mark: the last price does not fire it', () => {
    const exchange = heldExchange();
    const byMark = placed(
      exchange.placeOrder(AT, 'alice', {
        ...stop({ quantity: decimal('1'), triggerSource: 'mark' }),
        stopPrice: decimal('59995'),
      }),
    );
    // A sale through the ladder down to 59990, with the mark at 60000 all the while.
    placed(exchange.placeOrder(AT, 'bob', market('sell', '5')));
    expect(exchange.market(SYMBOL)?.lastPrice.lessThan(decimal('59995'))).toBe(true);
    expect(exchange.lookUp(AT, 'alice', byMark)?.status).toBe('untriggered');
    move(exchange, '59995');
    expect(exchange.lookUp(exchange.now(), 'alice', byMark)?.status).toBe('triggered');
  });
});

describe('funding', () => {
  test('longs pay shorts at each interval, and nothing is made or lost', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    placed(exchange.placeOrder(AT, 'bob', market('sell', '2')));
    const before = { supply: conserved(exchange), alice: wallet(exchange), bob: wallet(exchange, 'bob') };
    const { nextFundingAt } = exchange.market(SYMBOL) ?? { nextFundingAt: 0 };
    expect(nextFundingAt % EIGHT_HOURS).toBe(0);
    exchange.advance(nextFundingAt - 1);
    expect(wallet(exchange)).toBe(before.alice);
    exchange.advance(nextFundingAt);
    expect(decimal(wallet(exchange)).subtract(decimal(before.alice)).toString()).toBe('-6');
    expect(decimal(wallet(exchange, 'bob')).subtract(decimal(before.bob)).toString()).toBe('12');
    expect(exchange.funding('alice')).toMatchObject([{ symbol: SYMBOL, at: nextFundingAt }]);
    expect(exchange.market(SYMBOL)?.nextFundingAt).toBe(nextFundingAt + EIGHT_HOURS);
    expect(conserved(exchange)).toBe(before.supply);
  });
});

describe('funding on demand', () => {
  test('is settled at the rate asked for, now, and leaves the timetable and the sums alone', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    placed(exchange.placeOrder(AT, 'bob', market('sell', '2')));
    const before = { supply: conserved(exchange), alice: wallet(exchange), bob: wallet(exchange, 'bob') };
    const { nextFundingAt } = exchange.market(SYMBOL) ?? { nextFundingAt: 0 };
    expect(exchange.settleFunding(AT, SYMBOL, decimal('-0.001'))).toMatchObject({
      ok: true,
      payments: [{ accountId: 'alice' }, { accountId: 'bob' }],
    });
    expect(decimal(wallet(exchange)).subtract(decimal(before.alice)).toString()).toBe('60');
    expect(decimal(wallet(exchange, 'bob')).subtract(decimal(before.bob)).toString()).toBe('-120');
    expect(exchange.market(SYMBOL)?.nextFundingAt).toBe(nextFundingAt);
    expect(conserved(exchange)).toBe(before.supply);
    exchange.settleFunding(AT, SYMBOL);
    expect(exchange.funding('alice').map(({ amount }) => amount.toString())).toEqual(['60', '-6']);
  });

  test('that eats the margin liquidates', () => {
    const exchange = heldExchange();
    placed(exchange.placeOrder(AT, 'alice', market('buy', '20')));
    exchange.settleFunding(AT, SYMBOL, decimal('0.08'));
    expect(position(exchange).quantity.isZero()).toBe(true);
    expect(exchange.orders(exchange.now(), 'alice', {}).at(-1)?.tags).toEqual({ liquidation: 'true' });
  });

  test('is for swaps', () => {
    expect(heldExchange().settleFunding(AT, 'BTC/USDT')).toEqual({
      ok: false,
      refusal: { code: 'unknown_symbol', symbol: 'BTC/USDT' },
    });
  });
});

describe('liquidation', () => {
  test.each([
    ['long', 'buy', -1],
    ['short', 'sell', 1],
  ] as const)('a cross %s is closed once its margin is gone, orders first', (_name, side, direction) => {
    const exchange = heldExchange();
    const before = conserved(exchange);
    placed(exchange.placeOrder(AT, 'alice', market(side, '20')));
    const resting = placed(exchange.placeOrder(AT, 'alice', limit('buy', '0.1', '40000')));
    const { liquidationPrice } = position(exchange);
    if (liquidationPrice === null) throw new Error('a leveraged position has a liquidation price');
    const at = (ticks: number): string =>
      liquidationPrice
        .roundToMultipleOf(decimal('0.01'), 'down')
        .add(Decimal.of(BigInt(direction * ticks), 2))
        .toString();
    move(exchange, at(-2));
    expect(position(exchange).quantity.isZero()).toBe(false);
    move(exchange, at(2));
    expect(position(exchange).quantity.isZero()).toBe(true);
    expect(exchange.lookUp(exchange.now(), 'alice', resting)).toMatchObject({
      status: 'canceled',
      endReason: 'liquidation',
    });
    expect(exchange.orders(exchange.now(), 'alice', {}).at(-1)?.tags).toEqual({ liquidation: 'true' });
    expect(decimal(wallet(exchange)).isNegative()).toBe(false);
    expect(conserved(exchange)).toBe(before);
  });

  test('a gap beyond bankruptcy leaves the wallet at zero, and the venue pays', () => {
    const exchange = heldExchange();
    const before = conserved(exchange);
    placed(exchange.placeOrder(AT, 'alice', market('buy', '20')));
    move(exchange, '30000');
    expect(position(exchange).quantity.isZero()).toBe(true);
    expect(wallet(exchange)).toBe('0');
    expect(conserved(exchange)).toBe(before);
  });

  test('an isolated position loses its own margin and no more', () => {
    const exchange = heldExchange();
    const before = conserved(exchange);
    exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated');
    placed(exchange.placeOrder(AT, 'alice', market('buy', '1')));
    const margin = position(exchange).isolatedMargin;
    const had = decimal(wallet(exchange));
    move(exchange, '30000');
    expect(position(exchange).quantity.isZero()).toBe(true);
    expect(had.subtract(decimal(wallet(exchange))).toString()).toBe(margin.toString());
    expect(conserved(exchange)).toBe(before);
  });

  test('a position larger than the book is closed whole', () => {
    const thin = { ...BTC_SWAP, liquidity: { ...BTC_SWAP.liquidity, levels: 1 } };
    const exchange = heldExchange({ instruments: [thin], policy: examplePolicy() });
    for (let count = 0; count < 6; count += 1) placed(exchange.placeOrder(AT, 'alice', market('buy', '2')));
    move(exchange, '40000');
    expect(position(exchange).quantity.isZero()).toBe(true);
    expect(decimal(wallet(exchange)).isNegative()).toBe(false);
  });
});

test('a fill-or-kill order counts of a reduce-only order in the book only what that can close', () => {
  const exchange = heldExchange();
  placed(exchange.placeOrder(AT, 'bob', market('buy', '0.05')));
  placed(exchange.placeOrder(AT, 'bob', limit('sell', '0.3', '60000', { reduceOnly: true })));
  const wants = (quantity: string): Order =>
    placed(exchange.placeOrder(AT, 'alice', limit('buy', quantity, '60000', { timeInForce: 'FOK' })));
  expect(wants('0.051')).toMatchObject({ status: 'expired', endReason: 'fok_not_fillable' });
  expect(wants('0.05').status).toBe('filled');
});
