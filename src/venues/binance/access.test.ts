import { expect, it } from 'vitest';
import { SYSTEM_PLATFORM } from '../system-platform.ts';
import { openBinanceAccess } from './access.ts';
import { parseRateLimits } from './markets.ts';

it('the limits that the venue publishes with its instruments take the place of ours', () => {
  const access = openBinanceAccess({
    mode: 'paper',
    endpoints: { rest: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1' },
    platform: SYSTEM_PLATFORM,
  });
  const [spot, swap] = [access.weights.spot.limit, access.weights.linear_swap.limit];
  expect(access.rateLimitsOf('spot')).toEqual([]);
  const published = parseRateLimits({
    rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1234 }],
  });
  access.noteRateLimits('spot', published);
  expect(spot).not.toBe(1234);
  expect(access.weights.spot.limit).toBe(1234);
  expect(access.weights.linear_swap.limit).toBe(swap);
  expect(access.rateLimitsOf('spot')).toEqual(published);
});
