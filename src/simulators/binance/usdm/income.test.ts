/** The income history, in process. */
import { expect, test } from 'vitest';
import { Decimal, decimal } from '../../../core/decimal.ts';
import { Exchange } from '../../exchange/exchange.ts';
import { restParameters } from '../parameters.ts';
import { SPOT_POLICY } from '../spot/instruments.ts';
import { income } from './income.ts';
import { USDM_INSTRUMENTS, USDM_POLICY } from './instruments.ts';

const START_AT = Date.UTC(2024, 0, 1, 7, 0, 0);
const FUNDING_AT = Date.UTC(2024, 0, 1, 8, 0, 0);

function tradersExchange(): Exchange {
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
  return exchange;
}

test('funding of several symbols at one time has an id for each payment, the same at every reading', () => {
  const exchange = tradersExchange();
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

test('income of every kind sums to the change of the wallet balance, through profits, fees, funding, transfers and a liquidation', () => {
  const exchange = tradersExchange();
  const opening = balanceOf(exchange);
  const [symbol, at] = ['BTC/USDT:USDT', FUNDING_AT];
  const move = (price: string): void => {
    expect(exchange.movePrice(at, symbol, [decimal(price)], true)).toMatchObject({ ok: true });
  };
  const trade = (side: 'buy' | 'sell', quantity: string): void => {
    const request = { symbol, side, type: 'market', quantity: decimal(quantity) } as const;
    expect(exchange.placeOrder(at, 'trader', request)).toMatchObject({ ok: true });
  };
  move('60000');
  trade('buy', '1');
  move('61234.5');
  trade('sell', '0.333');
  exchange.settleFunding(at, symbol, decimal('0.0003'));
  exchange.settleFunding(at, symbol, decimal('-0.0001'));
  exchange.transfer(at, 'trader', 'USDT', decimal('1234.5'), 'swap', 'spot');
  exchange.transfer(at, 'trader', 'USDT', decimal('34.25'), 'spot', 'swap');
  expect(exchange.setLeverage(at, 'trader', symbol, 50)).toMatchObject({ ok: true });
  trade('buy', '40');
  move('58500');
  expect(exchange.positions('trader').every(({ quantity }) => quantity.isZero())).toBe(true);
  const rows = income(exchange, {
    accountId: 'trader',
    at,
    clockMs: at,
    parameters: restParameters('limit=1000', '', false),
  }) as { incomeType: string; income: string; asset: string }[];
  expect(new Set(rows.map(({ incomeType }) => incomeType))).toEqual(
    new Set(['TRANSFER', 'REALIZED_PNL', 'COMMISSION', 'FUNDING_FEE', 'INSURANCE_CLEAR']),
  );
  const total = rows.reduce((sum, row) => sum.add(decimal(row.income)), Decimal.zero);
  expect(total.toString()).toBe(balanceOf(exchange).subtract(opening).toString());
});

function balanceOf(exchange: Exchange): Decimal {
  const balance = exchange.balances('trader', 'swap').find(({ asset }) => asset === 'USDT');
  return balance?.total ?? Decimal.zero;
}
