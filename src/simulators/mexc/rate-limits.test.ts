import { describe, expect, test } from 'vitest';
import { FuturesRefusal } from './futures/errors.ts';
import { FuturesLimits } from './futures/rate-limits.ts';
import { SpotRefusal } from './spot/errors.ts';
import { SpotLimits } from './spot/rate-limits.ts';

const AT = 1_700_000_000_000;

/** The status and code that `act` is refused with; null where it is not. */
function refusedWith(act: () => void): readonly [status: number, code: number] | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof SpotRefusal) && !(error instanceof FuturesRefusal)) throw error;
    return [error.status, error.code];
  }
}

describe('spot', () => {
  test('each endpoint has 500 of weight in any ten seconds, for each account', () => {
    const limits = new SpotLimits();
    const query = (whose: string, at: number) =>
      refusedWith(() => limits.charge(whose, 'GET', '/api/v3/order', at));
    for (let index = 0; index < 250; index += 1) expect(query('one', AT + index)).toBeNull();
    expect(query('one', AT + 9_999)).toEqual([429, 429]);
    expect(query('two', AT + 9_999)).toBeNull();
    expect(refusedWith(() => limits.charge('one', 'POST', '/api/v3/order', AT + 9_999))).toBeNull();
    expect(query('one', AT + 10_000)).toBeNull();
  });

  test('the account can be read twice a second, and a batch sent', () => {
    const limits = new SpotLimits();
    const read = (at: number) => refusedWith(() => limits.charge('one', 'GET', '/api/v3/account', at));
    expect([read(AT), read(AT), read(AT + 999), read(AT + 1_000)]).toEqual([null, null, [429, 429], null]);
  });

  test('who goes on past the limit is banned for two minutes', () => {
    const limits = new SpotLimits();
    const read = (at: number) => refusedWith(() => limits.charge('one', 'GET', '/api/v3/account', at));
    for (let index = 0; index < 103; index += 1) read(AT);
    expect(read(AT + 119_999)).toEqual([418, 403]);
    expect(read(AT + 120_000)).toBeNull();
  });
});

describe('contracts', () => {
  test('20 requests in any two seconds to an endpoint, fewer to some', () => {
    const limits = new FuturesLimits();
    const charge = (path: string, at: number) => refusedWith(() => limits.charge('one', path, at));
    const create = '/api/v1/private/order/create';
    for (let index = 0; index < 20; index += 1) expect(charge(create, AT + index)).toBeNull();
    expect(charge(create, AT + 1_999)).toEqual([200, 510]);
    expect(charge(create, AT + 2_000)).toBeNull();
    const batch = '/api/v1/private/order/submit_batch';
    expect([charge(batch, AT), charge(batch, AT + 1_999)]).toEqual([null, [200, 510]]);
    const detail = '/api/v1/contract/detail';
    expect([charge(detail, AT), charge(detail, AT + 4_999), charge(detail, AT + 5_000)]).toEqual([
      null,
      [200, 510],
      null,
    ]);
  });
});
