/** OKX's limits: what counts with what, in which window. */
import { describe, expect, test } from 'vitest';
import { RequestLimits } from './rate-limits.ts';

const NOW = 1_700_000_000_000;
const [BTC, ETH] = ['BTC-USDT-SWAP', 'ETH-USDT-SWAP'];

/** How many requests are admitted before one is refused, of at most `most`. */
function admitted(
  limits: RequestLimits,
  path: string,
  instIds: readonly string[],
  most: number,
  at = NOW,
): number {
  for (let count = 0; count < most; count += 1)
    try {
      limits.charge({ path, accountId: 'one', instIds }, at);
    } catch {
      return count;
    }
  return most;
}

describe('requests for orders', () => {
  test('sixty in two seconds of an instrument, and of each instrument for itself', () => {
    const limits = new RequestLimits(200);
    expect(admitted(limits, 'trade/order', [BTC], 100)).toBe(60);
    expect(admitted(limits, 'trade/order', [ETH], 100)).toBe(60);
    expect(admitted(limits, 'trade/cancel-order', [BTC], 100)).toBe(60);
    expect(admitted(limits, 'trade/order', [BTC], 1, NOW + 1_999)).toBe(0);
    expect(admitted(limits, 'trade/order', [BTC], 1, NOW + 2_000)).toBe(1);
  });

  test('a list counts each of its orders, and as a single request where it has one', () => {
    const limits = new RequestLimits(200);
    expect(admitted(limits, 'trade/batch-orders', Array<string>(20).fill(BTC), 30)).toBe(15);
    expect(admitted(limits, 'trade/batch-orders', [BTC], 100)).toBe(60);
    expect(admitted(limits, 'trade/order', [BTC], 1)).toBe(0);
  });

  test('a thousand orders of swaps in two seconds of an account; those of spot are exempt', () => {
    const limits = new RequestLimits(200);
    const swaps = Array.from({ length: 20 }, (_, index) => `COIN${index}-USDT-SWAP`);
    expect(admitted(limits, 'trade/batch-orders', swaps, 100)).toBe(50);
    expect(() => limits.charge({ path: 'trade/order', accountId: 'one', instIds: [BTC] }, NOW)).toThrow(
      'maximum order rate limit',
    );
    expect(admitted(limits, 'trade/order', ['BTC-USDT'], 10)).toBe(10);
  });
});

test('reads count for an account, those of the market for the address', () => {
  const limits = new RequestLimits(200);
  expect(admitted(limits, 'account/config', [''], 20)).toBe(5);
  expect(admitted(limits, 'account/bills', [''], 20)).toBe(5);
  // Its window is a second.
  expect(admitted(limits, 'account/bills', [''], 20, NOW + 1_000)).toBe(5);
  expect(admitted(limits, 'market/books', [''], 60)).toBe(40);
});
