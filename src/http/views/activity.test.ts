import { expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { accountId, asset, portfolioId } from '../../core/ids.ts';
import { encodeEvent } from '../../core/portfolio/codec.ts';
import type { CapitalMoved } from '../../core/risk/capital-moved.ts';
import { toActivityView } from './activity.ts';

const sideOf = (name: string, amount: string) => ({ asset: asset(name), amount: decimal(amount) });

it.each([
  [
    'sold for the base currency',
    { ...sideOf('USDT', '30000'), holdings: [['BTC', '-0.5']] },
    '0.5 BTC became 30000 USDT',
    'BTC',
  ],
  [
    'bought with it',
    { ...sideOf('USDT', '-30000'), holdings: [['BTC', '0.5']] },
    '30000 USDT became 0.5 BTC',
    'USDT',
  ],
  [
    'two assets',
    {
      holdings: [
        ['BTC', '-0.5'],
        ['ETH', '10'],
      ],
    },
    '0.5 BTC became 10 ETH',
    'BTC',
  ],
  ['of an earlier release', { holdings: [['BTC', '-0.5']] }, '0.5 BTC became the base currency', 'BTC'],
] as const)('an exchange says what became what: %s', (_name, { holdings, ...moved }, detail, leaving) => {
  const event: CapitalMoved & { readonly type: 'capital_moved' } = {
    type: 'capital_moved',
    accountId: accountId('a'),
    mode: 'paper',
    cause: 'exchanged',
    capital: decimal('0'),
    equity: decimal('0'),
    baseline: decimal('0'),
    ...moved,
    holdings: holdings.map(([name, amount]) => ({ ...sideOf(name, amount), worth: decimal('0') })),
  };
  const record = {
    type: event.type,
    payload: encodeEvent(event),
    portfolioId: portfolioId('p'),
    seq: 1,
    at: 0,
    hash: '',
    previousHash: '',
  };
  expect(toActivityView(record, 'binance')).toMatchObject({ detail, asset: leaving });
});
