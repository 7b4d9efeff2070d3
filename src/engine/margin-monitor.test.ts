import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { positionKey } from '../core/portfolio/keys.ts';
import { MARGIN_FRESH_MS, type MarginReading } from '../core/risk/liquidation.ts';
import { ACCOUNT, Desk, NO_CONVERSIONS, NO_LIMITS, positionReport, SWAP } from '../core/testing/fixture.ts';
import type { Gateway } from '../venues/gateway.ts';
import { Accounts } from './accounts.ts';
import { MARGIN_READ_AGAIN_MS, MarginMonitor } from './margin-monitor.ts';
import { marginReadingOf } from './margin-reading.ts';
import { START_QUIET_MS } from './start-quiet.ts';
import { read, silentGateway } from './testing/silent-gateway.ts';

interface Line {
  readonly at: number;
  readonly words: string;
}

/** A monitor of the desk; `pass` carries on second by second. */
function monitorOf(desk: Desk, answers: Partial<Gateway> = {}, limits = NO_LIMITS) {
  const timers: { at: number; action: () => void }[] = [];
  const clock = {
    now: () => desk.at,
    monotonic: () => desk.at,
    after: (delayMs: number, action: () => void) => {
      timers.push({ at: desk.at + delayMs, action });
      return () => undefined;
    },
  };
  const lines: Line[] = [];
  const note = (_fields: unknown, words: string): number => lines.push({ at: desk.at, words });
  const accounts = new Accounts({
    accounts: [
      {
        accountId: ACCOUNT,
        venue: 'binance',
        mode: 'paper',
        gateway: silentGateway(answers),
        instance: null,
        connectionId: 'one',
      },
    ],
    clock,
    state: () => desk.state,
    limits: () => limits,
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
  const account = accounts.get(ACCOUNT);
  if (account !== undefined) account.started = true;
  const monitor = new MarginMonitor({
    clock,
    log: { info: note, warn: note, error: note },
    isOpen: () => true,
    state: () => desk.state,
    limits: () => limits,
    accounts,
    background: { run: (work) => void work },
  });
  monitor.start();
  return {
    accounts,
    monitor,
    lines,
    pass: async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        desk.at += 1_000;
        for (const { action } of timers.splice(0)) action();
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    },
  };
}

function holding(): Desk {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  return desk;
}

/** Of the position, liquidated at this price; the mark is 100. */
function reading(readAt: number, liquidationPrice: string, quantity = '1'): MarginReading {
  return {
    readAt,
    margins: [{ wallet: 'linear_swap', marginBalance: decimal('100'), maintenanceMargin: decimal('10') }],
    positions: [
      positionReport({
        quantity: decimal(quantity),
        marginMode: 'cross',
        liquidationPrice: decimal(liquidationPrice),
      }),
    ],
    booked: new Map([[positionKey(ACCOUNT, SWAP, 'net'), decimal(quantity)]]),
  };
}

it('an alarm has the time since which it stands, is logged once, and ends with a line', async () => {
  const desk = holding();
  const { accounts, monitor, lines, pass } = monitorOf(desk);
  accounts.setMargins(ACCOUNT, reading(desk.at, '50'));
  await pass(1);
  expect(monitor.alarms()).toEqual([]);
  accounts.setMargins(ACCOUNT, reading(desk.at, '99'));
  await pass(1);
  const since = desk.at;
  expect(monitor.alarms()).toMatchObject([{ kind: 'liquidation_distance', symbol: SWAP, since }]);
  await pass(10);
  expect(monitor.alarms()).toMatchObject([{ kind: 'liquidation_distance', since }]);
  expect(lines).toHaveLength(1);
  accounts.setMargins(ACCOUNT, reading(desk.at, '50'));
  await pass(1);
  expect(monitor.alarms()).toEqual([]);
  expect(lines.map(({ words }) => words)).toEqual([
    'an account is near liquidation',
    'a margin alarm is over',
  ]);
});

it('margin that no venue has said since the start is shown at once, and logged once the start is over', async () => {
  const desk = holding();
  const start = desk.at;
  const { accounts, monitor, lines, pass } = monitorOf(desk);
  await pass(START_QUIET_MS / 1_000 - 1);
  expect(monitor.alarms()).toMatchObject([{ kind: 'margin_unknown', since: start + 1_000 }]);
  expect(lines).toEqual([]);
  await pass(2);
  expect(lines.map(({ at }) => at - start)).toEqual([START_QUIET_MS]);
  accounts.setMargins(ACCOUNT, reading(desk.at, '50'));
  await pass(1);
  expect(lines.at(-1)?.words).toBe('a margin alarm is over');
});

it('margin that is read while the service starts leaves no line', async () => {
  const desk = holding();
  const { accounts, monitor, lines, pass } = monitorOf(desk);
  await pass(3);
  accounts.setMargins(ACCOUNT, reading(desk.at, '50'));
  await pass(30);
  expect(monitor.alarms()).toEqual([]);
  expect(lines).toEqual([]);
});

it('an alarm of a reading is logged at once, also right after the start', async () => {
  const desk = holding();
  const { accounts, lines, pass } = monitorOf(desk);
  await pass(1);
  accounts.setMargins(ACCOUNT, reading(desk.at, '99'));
  await pass(1);
  expect(lines.map(({ words }) => words)).toEqual(['an account is near liquidation']);
});

it('a lasting alarm is logged again after a minute, then after twice as long each time', async () => {
  const desk = holding();
  const start = desk.at;
  const { accounts, monitor, lines, pass } = monitorOf(desk);
  accounts.setMargins(ACCOUNT, reading(desk.at - MARGIN_FRESH_MS - 1, '50'));
  await pass(60 + 120 + 240);
  expect(monitor.alarms()).toMatchObject([{ kind: 'margin_unknown' }]);
  expect(lines.map(({ at }) => (at - start) / 1_000)).toEqual([1, 61, 181]);
});

it('while an alarm stands, or a limit needs a position that is not shown yet, margin is read every two seconds', async () => {
  const desk = holding();
  const begun: number[] = [];
  const positions = async () => {
    begun.push(desk.at);
    return { ...read(reading(desk.at, '50').positions), startedAt: desk.at, finishedAt: desk.at };
  };
  const margins = async () => ({
    ...read(reading(desk.at, '50').margins),
    startedAt: desk.at,
    finishedAt: desk.at,
  });
  const limits = { ...NO_LIMITS, maxMarginRatio: decimal('0.5') };
  const { accounts, monitor, pass } = monitorOf(desk, { positions, margins }, limits);
  accounts.setMargins(ACCOUNT, { ...reading(desk.at, '50'), positions: [] });
  await pass(1);
  expect(begun).toEqual([desk.at]);
  await pass(5);
  expect(begun).toHaveLength(1);
  expect(monitor.alarms()).toEqual([]);
  accounts.setMargins(ACCOUNT, reading(desk.at, '99'));
  await pass(1);
  expect(begun).toHaveLength(2);
  expect(MARGIN_READ_AGAIN_MS).toBe(2_000);
});

it('margin is read again at once when a position has grown since its reading began, where a limit is set', async () => {
  for (const limits of [
    { ...NO_LIMITS, maxMarginRatio: decimal('0.5') },
    { ...NO_LIMITS, minLiquidationDistance: decimal('0.05') },
    NO_LIMITS,
  ]) {
    const desk = holding();
    const begun: number[] = [];
    const answered = async <Value>(value: Value) => ({
      ...read(value),
      startedAt: desk.at,
      finishedAt: desk.at,
    });
    // The position grows once more while the venue is being asked for the first time.
    const positions = () => {
      begun.push(desk.at);
      const answer = answered(reading(desk.at, '50', begun.length === 1 ? '3' : '6').positions);
      if (begun.length === 1) desk.hold(SWAP, '3');
      return answer;
    };
    const margins = () => answered(reading(desk.at, '50').margins);
    const { accounts, pass } = monitorOf(desk, { positions, margins }, limits);
    accounts.setMargins(ACCOUNT, reading(desk.at, '50'));
    await pass(1);
    expect(begun).toEqual([]);
    desk.hold(SWAP, '2');
    const grewAt = desk.at;
    await pass(10);
    expect(begun).toEqual(limits === NO_LIMITS ? [] : [grewAt + 1_000, grewAt + 3_000]);
  }
});

it('a reading of margin is as old as the older of its two questions', () => {
  const readAt = (positionsAt: number, marginsAt: number): number => {
    const [positions, margins] = [positionsAt, marginsAt].map((startedAt) => ({
      kind: 'ok' as const,
      value: [],
      startedAt,
      finishedAt: 9,
    }));
    if (positions === undefined || margins === undefined) throw new Error('there are two');
    return marginReadingOf(positions, margins, new Map()).readAt;
  };
  expect([readAt(1, 2), readAt(2, 1)]).toEqual([1, 1]);
});
