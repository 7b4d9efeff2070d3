import { expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { accountId, asset } from '../../core/ids.ts';
import { flatPosition, type PositionOwner } from '../../core/position/position.ts';
import { ACCOUNT, SPOT } from '../../core/testing/fixture.ts';
import { realizedTotal } from './account-info.ts';

const OWNER: PositionOwner = {
  accountId: ACCOUNT,
  venue: 'binance',
  mode: 'paper',
  symbol: SPOT,
  positionSide: 'net',
  kind: 'spot',
  wallet: 'spot',
  base: asset('BTC'),
  quote: asset('USDT'),
};
const realized = (amount: string, owner: Partial<PositionOwner> = {}) => ({
  position: { ...flatPosition({ ...OWNER, ...owner }), realizedPnl: decimal(amount) },
});

it('what an account has realised in all is of its own positions alone, by quote currency', () => {
  const other = accountId('other');
  const positions = [
    realized('5'),
    realized('-2'),
    realized('3', { quote: asset('USDC') }),
    realized('100', { accountId: other }),
  ];
  expect(realizedTotal(positions, ACCOUNT)).toEqual([
    { asset: 'USDT', amount: '3' },
    { asset: 'USDC', amount: '3' },
  ]);
  expect(realizedTotal(positions, other)).toEqual([{ asset: 'USDT', amount: '100' }]);
  expect(realizedTotal(positions, accountId('third'))).toEqual([]);
});
