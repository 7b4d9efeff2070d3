/** Orders as gateways take them, for tests. */
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import type { WireOrder } from '../gateway.ts';

/** A limit order of BTC/USDT, good till canceled, with more digits than a double carries. */
export const LIMIT: WireOrder = {
  symbol: instrumentSymbol('BTC/USDT'),
  type: 'limit',
  side: 'buy',
  positionSide: 'net',
  quantity: Decimal.parse('0.123456789012345678'),
  cost: null,
  price: Decimal.parse('123456789012.345678'),
  stopPrice: null,
  stopDirection: null,
  trigger: null,
  timeInForce: 'GTC',
  expiresAt: null,
  postOnly: false,
  reduceOnly: false,
};

export const MARKET: WireOrder = { ...LIMIT, type: 'market', price: null };

/** A market order once the last price has risen to 100. */
export const STOP: WireOrder = {
  ...MARKET,
  type: 'stop_market',
  stopPrice: Decimal.parse('100'),
  stopDirection: 'up',
  trigger: 'last',
};
