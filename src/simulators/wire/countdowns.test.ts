/** Countdowns of accounts: they end at their time, once, and go on after a restart. Time moves when a test moves it. */
import { afterEach, expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { heldExchange, START_AT } from '../exchange/example-venue.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { Countdowns, type CountdownSettings } from './countdowns.ts';

let stopping = new AbortController();
afterEach(() => {
  stopping.abort();
  stopping = new AbortController();
});

/** Sleepers wake when `moveTo` reaches their time. */
function movedClock(): Clock & { readonly moveTo: (ms: number) => Promise<void> } {
  let nowMs = START_AT;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    nowMs: () => nowMs,
    sleep: (durationMs) =>
      new Promise((wake) => {
        sleepers.add({ at: nowMs + durationMs, wake });
      }),
    moveTo: async (ms) => {
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= ms).sort((left, right) => left.at - right.at)[0];
        if (next === undefined) break;
        nowMs = next.at;
        sleepers.delete(next);
        next.wake();
        await Promise.resolve();
        await Promise.resolve();
      }
      nowMs = ms;
    },
  };
}

function counting(exchange: Exchange, more: Partial<CountdownSettings> = {}) {
  const clock = movedClock();
  const ended: string[] = [];
  const countdowns = new Countdowns({
    exchange,
    clock,
    signal: stopping.signal,
    isCountdown: (option) => option.startsWith('end:'),
    onEnd: ({ option }, at) => ended.push(`${option} ${at - START_AT}`),
    ...more,
  });
  return { clock, ended, countdowns };
}

test('a countdown ends once, within a tenth of a second of its time', async () => {
  const { clock, ended, countdowns } = counting(heldExchange());
  countdowns.start(START_AT, 'alice', 'end:a', String(START_AT + 5_000));
  await clock.moveTo(START_AT + 4_999);
  expect(ended).toEqual([]);
  await clock.moveTo(START_AT + 60_000);
  expect(ended).toEqual(['end:a 5000']);
  expect(countdowns.of('alice')).toEqual([]);
});

test('wound up again it ends later, and stopped never; each option has its own', async () => {
  const { clock, ended, countdowns } = counting(heldExchange());
  for (const option of ['end:a', 'end:b', 'end:c'])
    countdowns.start(START_AT, 'alice', option, String(START_AT + 1_000));
  countdowns.start(START_AT, 'alice', 'end:b', String(START_AT + 2_000));
  countdowns.stop(START_AT, 'alice', 'end:c');
  expect(countdowns.of('alice').map(({ option }) => option)).toEqual(['end:a', 'end:b']);
  await clock.moveTo(START_AT + 10_000);
  expect(ended).toEqual(['end:a 1000', 'end:b 2000']);
});

test('one that ran goes on after a restart, and one that ended or another option does not', async () => {
  const exchange = heldExchange();
  exchange.setOption(START_AT, 'alice', 'end:a', `note ${START_AT + 1_000}`);
  exchange.setOption(START_AT, 'alice', 'end:b', '');
  exchange.setOption(START_AT, 'alice', 'mode', String(START_AT));
  const { clock, ended } = counting(exchange, { endsAtOf: (text) => Number(text.split(' ')[1]) });
  await clock.moveTo(START_AT + 10_000);
  expect(ended).toEqual(['end:a 1000']);
  expect(exchange.options('alice')['end:a']).toBe('');
});
