import { expect, it } from 'vitest';
import type { Input } from '../core/portfolio/decide.ts';
import { positionModeOf } from '../core/portfolio/state.ts';
import { ACCOUNT, balanceReport, Desk } from '../core/testing/fixture.ts';
import type { PositionMode } from '../core/venue/setting.ts';
import { EffectExecutor } from './effect-executor.ts';
import { createIdentity } from './identity.ts';
import { silentLog } from './log.ts';
import { Reconciler, RECORDS_EVERY_MS } from './reconciler.ts';
import { read, silentGateway } from './testing/silent-gateway.ts';

it("each comparison takes the account's position mode into the books, before the positions that it reads", async () => {
  const desk = Desk.funded();
  const shown: { mode: PositionMode | null } = { mode: 'hedged' };
  const submitted: Input['type'][] = [];
  const clock = { now: () => desk.at, monotonic: () => desk.at, after: () => () => undefined };
  const state = () => desk.state;
  const submit = async (_lane: string, make: () => Input): Promise<unknown> => {
    const input = make();
    submitted.push(input.type);
    return desk.run(input).reply;
  };
  const silent = silentGateway();
  const gateway = silentGateway({
    openOrders: async () => read([]),
    balances: async () => read([]),
    positions: async () => read([]),
    accountRecords: async () => read({ records: [], unread: [] }),
    connection: () => ({ ...silent.connection(), positionMode: shown.mode }),
  });
  const effectExecutor = new EffectExecutor({
    gatewayOf: () => gateway,
    state,
    mayAct: () => true,
    submit,
    takeFills: async () => undefined,
    clock,
    identity: createIdentity('t', () => 0.5),
    log: silentLog,
  });
  const compared = async (): Promise<readonly string[]> => {
    submitted.length = 0;
    const reconciler = new Reconciler({
      accountId: ACCOUNT,
      gateway: () => gateway,
      effectExecutor,
      clock,
      log: silentLog,
      state,
      submit,
      onMove: () => () => undefined,
      isBehind: () => false,
      instrument: () => undefined,
      marks: () => new Map(),
      onPositions: () => undefined,
      onBalances: () => undefined,
      onMargins: () => undefined,
    });
    reconciler.request();
    await expect.poll(() => submitted).toContain('positions');
    reconciler.stop();
    return submitted;
  };
  const order = await compared();
  expect(order.indexOf('position_mode')).toBeLessThan(order.indexOf('positions'));
  expect(order).toContain('position_mode');
  expect(positionModeOf(desk.state, ACCOUNT)).toBe('hedged');
  shown.mode = 'one_way';
  await compared();
  expect(positionModeOf(desk.state, ACCOUNT)).toBe('one_way');
  // An account without swaps has no position mode, and none is submitted.
  shown.mode = null;
  expect(await compared()).not.toContain('position_mode');
  expect(positionModeOf(desk.state, ACCOUNT)).toBe('one_way');
});

it('account records are read when a balance differs, and by themselves once a minute', async () => {
  const desk = Desk.funded();
  const venue = { usdt: '1000000', reads: [] as number[] };
  const timers: (() => void)[] = [];
  const clock = {
    now: () => desk.at,
    monotonic: () => desk.at,
    after: (_ms: number, run: () => void) => {
      timers.push(run);
      return () => undefined;
    },
  };
  const silent = silentGateway();
  const gateway = silentGateway({
    openOrders: async () => read([]),
    balances: async () =>
      read([
        balanceReport('spot', 'USDT', venue.usdt),
        balanceReport('spot', 'BTC', '1000'),
        balanceReport('linear_swap', 'USDT', '1000000'),
      ]),
    positions: async () => read([]),
    accountRecords: async (since) => {
      venue.reads.push(since);
      return read({ records: [], unread: [] });
    },
    venueNow: () => desk.at,
    connection: () => ({ ...silent.connection(), positionMode: null }),
  });
  const submit = async (_lane: string, make: () => Input): Promise<unknown> => desk.run(make()).reply;
  const state = () => desk.state;
  const reconciler = new Reconciler({
    accountId: ACCOUNT,
    gateway: () => gateway,
    effectExecutor: new EffectExecutor({
      gatewayOf: () => gateway,
      state,
      mayAct: () => true,
      submit,
      takeFills: async () => undefined,
      clock,
      identity: createIdentity('t', () => 0.5),
      log: silentLog,
    }),
    clock,
    log: silentLog,
    state,
    submit,
    onMove: () => () => undefined,
    isBehind: () => false,
    instrument: () => undefined,
    marks: () => new Map(),
    onPositions: () => undefined,
    onBalances: () => undefined,
    onMargins: () => undefined,
  });
  const compared = async (): Promise<number> => {
    timers.length = 0;
    const before = venue.reads.length;
    reconciler.request();
    // A comparison ends by setting the timer of the next one.
    await expect.poll(() => timers.length).toBeGreaterThan(1);
    return venue.reads.length - before;
  };
  expect(await compared()).toBe(1);
  desk.at += RECORDS_EVERY_MS - 1;
  expect(await compared()).toBe(0);
  desk.at += 1;
  expect(await compared()).toBe(1);
  expect(venue.reads.at(-1)).toBe(desk.at - RECORDS_EVERY_MS);
  venue.usdt = '1000005';
  desk.at += 1_000;
  expect(await compared()).toBe(1);
  expect(venue.reads.at(-1)).toBe(desk.at - 1_000);
  reconciler.stop();
});
