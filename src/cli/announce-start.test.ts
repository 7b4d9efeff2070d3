import { expect, it } from 'vitest';
import { accountId, portfolioId } from '../core/ids.ts';
import { accountLines } from './announce-start.ts';

const account = (portfolio: string, isDefault = true) => ({
  accountId: accountId('binance-paper'),
  portfolioId: portfolioId(portfolio),
  exchange: 'binance' as const,
  mode: 'paper' as const,
  isDefault,
});

it('accounts of one portfolio are listed without it, those of several with theirs', () => {
  expect(accountLines([account('one')])).toEqual(['  Accounts  binance-paper (binance, paper, default)']);
  expect(accountLines([account('one'), account('two', false)])).toEqual([
    '  Accounts  binance-paper (binance, paper, default, one)',
    '            binance-paper (binance, paper, two)',
  ]);
  expect(accountLines([])).toEqual([]);
});
