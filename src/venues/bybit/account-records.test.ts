import { expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { readAccountRecords } from './account-records.ts';
import type { BybitAccount } from './account.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, OLDEST_MS } from './history.ts';

const NOW = 2_000_000_000_000;

/** The spans of the transaction log that a reading since that moment asks for. */
async function spansAsked(since: number): Promise<readonly (readonly [from: JsonValue, to: JsonValue])[]> {
  const asked: Parameters[] = [];
  const account = {
    clock: { now: () => NOW },
    names: {},
    requests: {
      read: async (_endpoint: unknown, parameters: Parameters) => {
        asked.push(parameters);
        return { list: [], nextPageCursor: '' };
      },
    },
  } as unknown as BybitAccount;
  expect(await readAccountRecords(account, since)).toEqual({ records: [], traded: [], unread: [] });
  return asked.map(({ startTime, endTime }) => [startTime as JsonValue, endTime as JsonValue]);
}

it('the transaction log is read from as far back as an entry may be listed late, to as far ahead as the clock may be off', async () => {
  expect(await spansAsked(NOW - 1_000)).toEqual([[NOW - 1_000 - LISTING_LAG_MS, NOW + LISTING_LAG_MS]]);
});

it('the transaction log is read no further back than the venue keeps it, in spans that it takes', async () => {
  const spans = await spansAsked(0);
  expect(spans[0]?.[0]).toBe(NOW - OLDEST_MS);
  expect(spans.at(-1)?.[1]).toBe(NOW + LISTING_LAG_MS);
  for (const [from, to] of spans) expect(Number(to) - Number(from)).toBeLessThanOrEqual(LONGEST_SPAN_MS);
  expect(spans.slice(1).map(([from]) => from)).toEqual(spans.slice(0, -1).map(([, to]) => Number(to) + 1));
});
