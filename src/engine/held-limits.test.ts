import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { accountId, instrumentSymbol } from '../core/ids.ts';
import { limitsInForce, scopeKey } from '../core/risk/limit-scopes.ts';
import type { LimitScope, LimitSubject, StoredLimits } from '../core/risk/limit-scopes.ts';
import { NOTHING_SET } from '../core/risk/limits.ts';
import { HeldLimits } from './held-limits.ts';

const ACCOUNT = accountId('account-1');
const BTC = instrumentSymbol('BTC/USDT');
const SUBJECTS: readonly (LimitSubject | null)[] = [
  null,
  { accountId: ACCOUNT, venue: 'binance', symbol: null },
  { accountId: ACCOUNT, venue: 'binance', symbol: BTC },
  { accountId: ACCOUNT, venue: 'okx', symbol: BTC },
  { accountId: accountId('account-2'), venue: 'binance', symbol: BTC },
];

it('limits are those in force after each change of a scope, and the same object until then', () => {
  const stored = new Map<string, StoredLimits>();
  const held = new HeldLimits(() => stored, NOTHING_SET);
  const expectInForce = (): void => {
    for (const subject of SUBJECTS) {
      const first = held.of(subject);
      expect(first).toEqual(limitsInForce(stored, NOTHING_SET, subject));
      expect(held.of(subject)).toBe(first);
    }
  };
  const set = (scope: LimitScope, notional: string, version: number): void => {
    const limits = { ...NOTHING_SET, maxOrderNotional: decimal(notional) };
    stored.set(scopeKey(scope), { scope, limits, version, requestedBy: 'a', why: 'b', at: version });
  };
  expectInForce();
  set({ kind: 'portfolio' }, '5000', 1);
  expectInForce();
  set({ kind: 'account', accountId: ACCOUNT }, '4000', 1);
  expectInForce();
  set({ kind: 'instrument', venue: 'binance', symbol: BTC }, '3000', 1);
  expectInForce();
  set({ kind: 'instrument', venue: 'binance', symbol: BTC }, '2000', 2);
  expectInForce();
  stored.delete(scopeKey({ kind: 'portfolio' }));
  expectInForce();
});
