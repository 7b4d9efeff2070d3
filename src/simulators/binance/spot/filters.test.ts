import { expect, test } from 'vitest';
import { decimal } from '../../../core/decimal.ts';
import { BinanceRefusal } from '../errors.ts';
import { checkFilters, type FilteredOrder } from './filters.ts';
import { spotSymbol } from './symbols.ts';

const BTCUSDT = spotSymbol('BTCUSDT');
const AVERAGE = decimal('60000');

const LIMIT: FilteredOrder = {
  side: 'BUY',
  price: decimal('60000'),
  quantity: decimal('0.01'),
  atMarket: false,
};
const MARKET: FilteredOrder = { side: 'BUY', quantity: decimal('0.01'), atMarket: true };

function verdict(order: FilteredOrder): string {
  if (BTCUSDT === undefined) throw new Error('BTCUSDT is listed');
  try {
    checkFilters(BTCUSDT, order, AVERAGE);
    return 'passes';
  } catch (error) {
    if (error instanceof BinanceRefusal && error.code === -1013) return error.message;
    throw error;
  }
}

test.each<[string, FilteredOrder, string]>([
  ['a plain limit order', LIMIT, 'passes'],
  ['a price off the tick', { ...LIMIT, price: decimal('60000.001') }, 'Filter failure: PRICE_FILTER'],
  ['a stop price off the tick', { ...LIMIT, stopPrice: decimal('0.001') }, 'Filter failure: PRICE_FILTER'],
  ['a price above the maximum', { ...LIMIT, price: decimal('1000000.01') }, 'Filter failure: PRICE_FILTER'],
  ['a price at five times the average', { ...LIMIT, price: decimal('300000') }, 'passes'],
  [
    'a price beyond five times the average',
    { ...LIMIT, price: decimal('300000.01') },
    'Filter failure: PERCENT_PRICE_BY_SIDE',
  ],
  [
    'a price below a fifth of the average',
    { ...LIMIT, price: decimal('11999.99') },
    'Filter failure: PERCENT_PRICE_BY_SIDE',
  ],
  ['a quantity off the step', { ...LIMIT, quantity: decimal('0.010001') }, 'Filter failure: LOT_SIZE'],
  ['a quantity above the maximum', { ...LIMIT, quantity: decimal('9000.00001') }, 'Filter failure: LOT_SIZE'],
  [
    'an iceberg part off the step',
    { ...LIMIT, icebergQuantity: decimal('0.000001') },
    'Filter failure: LOT_SIZE',
  ],
  [
    'an iceberg of too many parts',
    { ...LIMIT, quantity: decimal('1.01'), icebergQuantity: decimal('0.01') },
    'Filter failure: ICEBERG_PARTS',
  ],
  [
    'an iceberg of a hundred parts',
    { ...LIMIT, quantity: decimal('1'), icebergQuantity: decimal('0.01') },
    'passes',
  ],
  ['five dollars exactly', { ...LIMIT, price: decimal('50000'), quantity: decimal('0.0001') }, 'passes'],
  [
    'less than five dollars',
    { ...LIMIT, price: decimal('50000'), quantity: decimal('0.00009') },
    'Filter failure: NOTIONAL',
  ],
  ['a limit order above nine million', { ...LIMIT, quantity: decimal('151') }, 'Filter failure: NOTIONAL'],
  [
    'a market order valued at the average',
    { ...MARKET, quantity: decimal('0.00008') },
    'Filter failure: NOTIONAL',
  ],
  [
    'a market order above the market lot',
    { ...MARKET, quantity: decimal('128.6') },
    'Filter failure: MARKET_LOT_SIZE',
  ],
  ['a market order by cost', { side: 'BUY', quoteQuantity: decimal('5'), atMarket: true }, 'passes'],
  [
    'a market order by too little cost',
    { side: 'BUY', quoteQuantity: decimal('4.99'), atMarket: true },
    'Filter failure: NOTIONAL',
  ],
])('%s', (_name, order, expected) => {
  expect(verdict(order)).toBe(expected);
});
