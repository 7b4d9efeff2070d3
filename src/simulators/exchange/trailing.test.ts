/** Trailing stops: when they begin to follow the price, what they follow, when they are due. The swap is held at 60000. */
import { expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import { exampleConfig, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { OrderRequest, Side } from './order.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const AT = START_AT;
const SYMBOL = 'BTC/USDT:USDT';

function trail(side: Side, more: Partial<OrderRequest> = {}, activationPrice?: string): OrderRequest {
  return {
    symbol: SYMBOL,
    side,
    type: 'stop_market',
    quantity: decimal('1'),
    trailing: {
      callbackRate: decimal('0.01'),
      ...(activationPrice === undefined ? {} : { activationPrice: decimal(activationPrice) }),
    },
    ...more,
  };
}

/** Places it after opening the position that it closes. */
function placed(exchange: Exchange, request: OrderRequest): string {
  const opposite = request.side === 'sell' ? 'buy' : 'sell';
  exchange.placeOrder(AT, 'alice', {
    symbol: SYMBOL,
    side: opposite,
    type: 'market',
    quantity: decimal('1'),
  });
  const result = exchange.placeOrder(AT, 'alice', request);
  if (!result.ok) throw new Error(result.refusal.code);
  return result.order.venueOrderId;
}

function status(exchange: Exchange, venueOrderId: string): string | undefined {
  return exchange.lookUp(AT, 'alice', { symbol: SYMBOL, venueOrderId, conditional: true })?.status;
}

/** The status after each of these prices. */
function after(exchange: Exchange, id: string, ...prices: string[]): (string | undefined)[] {
  return prices.map((price) => {
    exchange.movePrice(AT, SYMBOL, [decimal(price)], true);
    return status(exchange, id);
  });
}

test('a sell follows the highest price and sells when the price has fallen from it by the rate', () => {
  const exchange = heldExchange();
  const id = placed(exchange, trail('sell'));
  // 1 % below 62,000 is 61,380.
  expect(after(exchange, id, '59401', '62000', '61381', '61380')).toEqual([
    'untriggered',
    'untriggered',
    'untriggered',
    'triggered',
  ]);
  expect(exchange.fills('alice', {}).at(-1)).toMatchObject({ side: 'sell', price: decimal('61379.99') });
});

test('a buy follows the lowest price and buys when the price has risen from it by the rate', () => {
  const exchange = heldExchange();
  const id = placed(exchange, trail('buy'));
  expect(after(exchange, id, '58000', '58579', '58580')).toEqual(['untriggered', 'untriggered', 'triggered']);
});

test('it follows nothing before the activation price', () => {
  const exchange = heldExchange();
  const id = placed(exchange, trail('sell', {}, '61000'));
  expect(after(exchange, id, '58000', '61000', '60391', '60390')).toEqual([
    'untriggered',
    'untriggered',
    'untriggered',
    'triggered',
  ]);
});

test('by the mark price it follows the mark alone', () => {
  const exchange = heldExchange();
  const id = placed(exchange, trail('sell', { triggerSource: 'mark' }));
  exchange.setMarket(AT, SYMBOL, { mark: decimal('62000') });
  expect(after(exchange, id, '50000', '60000')).toEqual(['untriggered', 'untriggered']);
  exchange.setMarket(AT, SYMBOL, { mark: decimal('61380') });
  expect(status(exchange, id)).toBe('triggered');
});

test('an activation price that the market has passed, and other types, are refused', () => {
  const exchange = heldExchange();
  const refusal = (request: OrderRequest): string => {
    const result = exchange.placeOrder(AT, 'alice', request);
    return result.ok ? 'accepted' : result.refusal.code;
  };
  expect(refusal(trail('sell', {}, '59999'))).toBe('would_trigger_immediately');
  expect(refusal(trail('buy', {}, '60001'))).toBe('would_trigger_immediately');
  expect(refusal(trail('buy', { type: 'take_profit_market' }))).toBe('bad_field');
  expect(refusal(trail('buy', { symbol: 'BTC/USDT', type: 'market' }))).toBe('bad_field');
  expect(refusal(trail('buy', { stopPrice: decimal('61000') }))).toBe('bad_field');
});

test('what it followed outlives a restart, and a canceled one follows nothing more', () => {
  const exchange = heldExchange();
  const [id, other] = [placed(exchange, trail('sell')), placed(exchange, trail('sell'))];
  exchange.cancelOrder(AT, 'alice', { symbol: SYMBOL, venueOrderId: other, conditional: true });
  after(exchange, id, '62000');
  const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
  const resumed = new Exchange(exampleConfig(), saved);
  expect(after(resumed, id, '61380')).toEqual(['triggered']);
  expect(status(resumed, other)).toBe('canceled');
});
