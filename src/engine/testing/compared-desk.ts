/**
 * A reconciler over a desk of the pure core and a gateway of the test, under a clock that stands unless the test moves it.
 *
 * Entry points: `compareWith`, `quietGateway`.
 */
import { expect } from 'vitest';
import type { Input } from '../../core/portfolio/decide.ts';
import { ACCOUNT, type Desk } from '../../core/testing/fixture.ts';
import type { Gateway } from '../../venues/gateway.ts';
import { EffectExecutor } from '../effect-executor.ts';
import { createIdentity } from '../identity.ts';
import { silentLog } from '../log.ts';
import { Reconciler, type ReconcilerOptions } from '../reconciler.ts';
import { read, silentGateway } from './silent-gateway.ts';

export interface ComparedDesk {
  readonly reconciler: Reconciler;
  /** The inputs since the last comparison was asked for. */
  readonly submitted: Input[];
  /** Resolves when one more comparison is over. */
  readonly compare: () => Promise<void>;
}

/** The gateway of an account that is empty and idle, but for what is `given`. */
export function quietGateway(desk: Desk, given: Partial<Gateway>): Gateway {
  const silent = silentGateway();
  return silentGateway({
    openOrders: async () => read([]),
    balances: async () => read([]),
    positions: async () => read([]),
    accountRecords: async () => read({ records: [], unread: [] }),
    fills: async () => read({ fills: [], cursor: '', hasMore: false }),
    venueNow: () => desk.at,
    connection: () => ({ ...silent.connection(), positionMode: null }),
    ...given,
  });
}

export function compareWith(
  desk: Desk,
  gateway: Gateway,
  given: Partial<ReconcilerOptions> = {},
): ComparedDesk {
  const timers: (() => void)[] = [];
  const submitted: Input[] = [];
  const clock = {
    now: () => desk.at,
    monotonic: () => desk.at,
    after: (_ms: number, run: () => void) => {
      timers.push(run);
      return () => undefined;
    },
  };
  const submit = async (_lane: string, make: () => Input): Promise<unknown> => {
    const input = make();
    submitted.push(input);
    return desk.run(input).reply;
  };
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
    isOpen: () => true,
    submit,
    onMove: () => () => undefined,
    isBehind: () => false,
    instrument: () => undefined,
    marks: () => new Map(),
    onPositions: () => undefined,
    onBalances: () => undefined,
    onMargins: () => undefined,
    ...given,
  });
  return {
    reconciler,
    submitted,
    compare: async () => {
      timers.length = 0;
      submitted.length = 0;
      reconciler.request();
      // A comparison ends by setting the timer of the next one.
      await expect.poll(() => timers.length).toBeGreaterThan(1);
    },
  };
}
