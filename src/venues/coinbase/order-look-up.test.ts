import { expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { KnownIds, type CoinbaseAccount } from './account.ts';
import { workingOrders } from './order-look-up.ts';

it('an order that opens between the two questions for working orders is in the list', async () => {
  let status = 'PENDING';
  const row = () => ({
    order_id: 'a',
    client_order_id: 'c',
    product_id: 'BTC-USD',
    side: 'BUY',
    status,
    filled_size: '0',
    created_time: '2021-05-31T09:59:59Z',
  });
  const account = {
    ids: new KnownIds(),
    names: { spot: { known: () => true, symbol: () => instrumentSymbol('BTC/USD') } },
    requests: {
      read: async (_endpoint: unknown, { order_status: asked }: Parameters) => {
        const orders = (asked as readonly string[]).includes(status) ? [row()] : [];
        status = 'OPEN';
        return parseExactJson(JSON.stringify({ orders, has_next: false, cursor: '' }));
      },
    },
  } as unknown as CoinbaseAccount;
  const working = await workingOrders(account, {}, 'look_up');
  expect(working.map(({ venueOrderId }) => venueOrderId)).toEqual(['a']);
});
