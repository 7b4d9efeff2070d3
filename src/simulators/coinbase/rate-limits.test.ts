import { describe, expect, test } from 'vitest';
import { CoinbaseRefusal } from './errors.ts';
import { AddressLimit, StreamLimits, UserLimits } from './rate-limits.ts';

/** The status that `act` is refused with; null where it is not. */
function refusedWith(act: () => void): number | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof CoinbaseRefusal)) throw error;
    return error.status;
  }
}

const AT = 1_700_000_000_000;

describe('private requests of a user', () => {
  test('30 in any second, counted for each user', () => {
    const limits = new UserLimits();
    const ask = (user: string, at: number) => refusedWith(() => limits.charge(user, at));
    for (let index = 0; index < 30; index += 1) expect(ask('one', AT + index)).toBeNull();
    expect(ask('one', AT + 999)).toBe(429);
    expect(ask('two', AT + 999)).toBeNull();
    expect(ask('one', AT + 1_000)).toBeNull();
    expect(ask('one', AT + 1_000)).toBe(429);
  });

  test('the headers say what is left', () => {
    const limits = new UserLimits();
    expect(limits.headers('one', AT)).toEqual({});
    limits.charge('one', AT);
    expect(limits.headers('one', AT)).toEqual({
      'x-ratelimit-limit': '30',
      'x-ratelimit-remaining': '29',
      'x-ratelimit-reset': '1',
    });
  });
});

test('public requests of an address: 10 in any second', () => {
  const limit = new AddressLimit();
  for (let index = 0; index < 10; index += 1) limit.charge(AT + index);
  expect(refusedWith(() => limit.charge(AT + 999))).toBe(429);
  expect(refusedWith(() => limit.charge(AT + 1_000))).toBeNull();
});

test('streams: 8 connections and 8 messages without a token in any second', () => {
  const limits = new StreamLimits();
  for (const admits of [
    (at: number) => limits.admitsConnection(at),
    (at: number) => limits.admitsMessage(at),
  ]) {
    for (let index = 0; index < 8; index += 1) expect(admits(AT)).toBe(true);
    expect(admits(AT + 999)).toBe(false);
    expect(admits(AT + 1_000)).toBe(true);
  }
});
