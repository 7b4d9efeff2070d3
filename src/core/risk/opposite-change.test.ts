/** Which change of a balance may be the other side of a transfer. */
import { expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { accountId, asset } from '../ids.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { UnexplainedChange } from './equity-record.ts';
import { oppositeChange } from './transfer-sides.ts';

const [FROM, TO] = [accountId('from'), accountId('to')];
const LEFT: UnexplainedChange = {
  changeId: 'change',
  accountId: FROM,
  asset: asset('USDT'),
  amount: decimal('-5'),
  lost: decimal('5'),
  at: 0,
};

it.each<[Partial<UnexplainedChange>, boolean]>([
  [{}, true],
  [{ reclassifiedAs: 'flow' }, false],
  [{ reclassifiedAs: 'result' }, false],
  [{ explainedBy: 'record' }, false],
  [{ pairedWith: 'transfer' }, false],
  [{ beforeJoining: true }, false],
  [{ unpricedFlow: { recordId: 'record', kind: 'transfer' } }, false],
  [{ asset: asset('BTC') }, false],
  [{ amount: decimal('-4') }, false],
  [{ accountId: TO }, false],
])('a change with %o is the other side of a transfer: %s', (what, isOther) => {
  const state = {
    unexplained: [{ ...LEFT, ...what }],
    capitals: new Map([FROM, TO].map((id) => [id, { mode: 'live' }])),
  } as unknown as PortfolioState;
  const arrived = { asset: asset('USDT'), amount: decimal('5') };
  expect(oppositeChange(state, 'live', arrived, 10, TO) !== undefined).toBe(isOther);
  expect(oppositeChange(state, 'paper', arrived, 10, TO)).toBeUndefined();
});
