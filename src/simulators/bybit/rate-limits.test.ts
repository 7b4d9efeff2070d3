import { describe, expect, test } from 'vitest';
import { BybitRefusal } from './errors.ts';
import { AccountLimits, AddressLimit } from './rate-limits.ts';

/** The status and code that `act` is refused with; null where it is not. */
function refusedWith(act: () => void): readonly [status: number, code: number] | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof BybitRefusal)) throw error;
    return [error.status, error.code];
  }
}

const AT = 1_700_000_000_000;

describe('requests of an address', () => {
  test('600 in any five seconds, and none for ten minutes past them', () => {
    const limit = new AddressLimit();
    for (let index = 0; index < 600; index += 1) limit.charge(AT + index);
    expect(refusedWith(() => limit.charge(AT + 4_999))).toEqual([403, 10018]);
    expect(refusedWith(() => limit.charge(AT + 4_999 + 599_999))).toEqual([403, 10018]);
    expect(refusedWith(() => limit.charge(AT + 4_999 + 600_000))).toBeNull();
  });

  test('those of five seconds ago no longer count', () => {
    const limit = new AddressLimit();
    for (let index = 0; index < 600; index += 1) limit.charge(AT);
    expect(refusedWith(() => limit.charge(AT + 5_000))).toBeNull();
  });
});

describe('requests of an account', () => {
  test('to one endpoint in a second that rolls with each of them', () => {
    const limits = new AccountLimits();
    const create = (at: number) => refusedWith(() => limits.charge('one', '/v5/order/create', 'linear', at));
    for (let index = 0; index < 10; index += 1) expect(create(AT + 100 * index)).toBeNull();
    expect(create(AT + 999)).toEqual([200, 10006]);
    expect(create(AT + 1_000)).toBeNull();
    expect(create(AT + 1_001)).toEqual([200, 10006]);
    expect(create(AT + 1_100)).toBeNull();
  });

  test('other accounts, endpoints and categories have their own, and spot has more', () => {
    const limits = new AccountLimits();
    for (let index = 0; index < 10; index += 1) limits.charge('one', '/v5/order/create', 'linear', AT);
    for (const [account, path, category] of [
      ['two', '/v5/order/create', 'linear'],
      ['one', '/v5/order/cancel', 'linear'],
      ['one', '/v5/order/create', 'spot'],
    ] as const)
      expect(refusedWith(() => limits.charge(account, path, category, AT))).toBeNull();
    for (let index = 0; index < 19; index += 1) limits.charge('one', '/v5/order/create', 'spot', AT);
    expect(refusedWith(() => limits.charge('one', '/v5/order/create', 'spot', AT))).toEqual([200, 10006]);
  });
});
