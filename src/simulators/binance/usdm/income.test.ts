/** The income history, in process. */
import { expect, test } from 'vitest';
import { decimal } from '../../../core/decimal.ts';
import { Exchange } from '../../exchange/exchange.ts';
import { restParameters } from '../parameters.ts';
import { SPOT_POLICY } from '../spot/instruments.ts';
import { income } from './income.ts';
import { USDM_INSTRUMENTS, USDM_POLICY } from './instruments.ts';

const START_AT = Date.UTC(2024, 0, 1, 7, 0, 0);
const FUNDING_AT = Date.UTC(2024, 0, 1, 8, 0, 0);

test('funding of several symbols at one time has an id for each payment, the same at every reading', () => {
  const exchange = new Exchange({
    venue: 'binance',
    instruments: USDM_INSTRUMENTS,
    policy: { spot: SPOT_POLICY, swap: USDM_POLICY },
    seed: 5,
    limits: true,
    startAt: START_AT,
  });
  exchange.registerAccount(START_AT, {
    accountId: 'trader',
    credentials: { key: 'key', secret: 'secret', passphrase: null },
    permissions: { trade: true, withdraw: false },
    balances: [{ wallet: 'swap', asset: 'USDT', amount: decimal('100000') }],
  });
  for (const symbol of ['BTC/USDT:USDT', 'ETH/USDT:USDT'])
    exchange.placeOrder(START_AT, 'trader', { symbol, side: 'buy', type: 'market', quantity: decimal('1') });
  exchange.advance(FUNDING_AT);
  exchange.settleFunding(FUNDING_AT, 'BTC/USDT:USDT');
  const read = (query: string): { readonly symbol: string; readonly tranId: number }[] =>
    income(exchange, {
      accountId: 'trader',
      at: FUNDING_AT,
      clockMs: FUNDING_AT,
      parameters: restParameters(`incomeType=FUNDING_FEE${query}`, '', false),
    }) as { symbol: string; tranId: number }[];
  const all = read('');
  expect(all.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT', 'BTCUSDT']);
  expect(new Set(all.map(({ tranId }) => tranId)).size).toBe(3);
  expect(all.every(({ tranId }) => Number.isSafeInteger(tranId))).toBe(true);
  expect(read('&symbol=ETHUSDT')).toEqual([all[1]]);
  expect(read('&limit=1')).toEqual([all[2]]);
});
