/** The queue of executions of others, over an engine of three calls: how long it is behind, and what is decided of it. */
import { expect, it } from 'vitest';
import { portfolioId, venueOrderId } from '../core/ids.ts';
import { ACCOUNT, fillOf, orderRequest, reportOf, SPOT } from '../core/testing/fixture.ts';
import type { Order } from '../core/order/order.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { Background } from './background.ts';
import { CATCH_UP_AFTER_MS, ExternalIntake, MOST_WAITING } from './external-intake.ts';
import { silentLog } from './log.ts';
import { clockOf } from './testing/scheduler-clock.ts';

const ORDER = { ...orderRequest(), venueOrderIds: [] } as unknown as Order;
const execution = (trade: string, executedAt = 1): VenueFill => ({
  ...fillOf(ORDER, trade),
  venueOrderId: venueOrderId('other'),
  executedAt,
});

/** An intake whose groups are decided when the test says so. */
function intakeOf() {
  const scheduler = new VirtualScheduler();
  const clock = clockOf(scheduler);
  const decided: string[] = [];
  const readFrom: number[] = [];
  let finish: (() => void)[] = [];
  const intake = new ExternalIntake({
    clock,
    background: new Background(portfolioId('p'), clock, silentLog),
    log: silentLog,
    submit: async (_lane, make) => {
      const input = make();
      if (input.type === 'order_report') decided.push(`report ${input.report.venueReason}`);
      if (input.type !== 'fills') return;
      await new Promise<void>((resolve) => finish.push(resolve));
      decided.push(...input.fills.map((fill) => fill.tradeId));
    },
    isInMemory: (_account, event) => 'venueReason' in event,
    newFills: async (_account, _symbol, fills) => fills,
    recall: async () => undefined,
    fetchFills: async (_account, _symbol, since) => {
      readFrom.push(since);
      return true;
    },
    isListed: () => true,
  });
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
  };
  return {
    intake,
    decided,
    readFrom,
    settle,
    /** Ends the appends that are under way, and those that come of it. */
    finishAll: async (): Promise<void> => {
      for (let n = 0; n < 10; n += 1) {
        for (const resolve of finish.splice(0)) resolve();
        await settle();
      }
      finish = [];
    },
    pass: async (spanMs: number): Promise<void> => {
      scheduler.after(spanMs, () => undefined);
      const until = scheduler.monotonicMs() + spanMs;
      while (scheduler.monotonicMs() < until) {
        scheduler.runNext();
        await settle();
      }
    },
  };
}

it('is behind from the arrival of an execution until it is decided, its append included', async () => {
  const { intake, decided, finishAll, settle } = intakeOf();
  expect(intake.isBehind(ACCOUNT)).toBe(false);
  intake.addFill(ACCOUNT, execution('t1'));
  expect(intake.isBehind(ACCOUNT)).toBe(true);
  await settle();
  expect([intake.isBehind(ACCOUNT), decided]).toEqual([true, []]);
  await finishAll();
  expect([intake.isBehind(ACCOUNT), decided]).toEqual([false, ['t1']]);
});

it('is behind after a drop until a reading from before the first of all that were dropped is complete', async () => {
  const { intake, finishAll, pass, readFrom } = intakeOf();
  for (let n = 0; n <= MOST_WAITING; n += 1) intake.addFill(ACCOUNT, execution(`a${n}`, 500 + n));
  await pass(CATCH_UP_AFTER_MS - 1);
  // Later ones, some of which were executed before the first drop.
  for (let n = 0; n <= MOST_WAITING; n += 1) intake.addFill(ACCOUNT, execution(`b${n}`, 100 + n));
  await finishAll();
  await pass(2);
  // That reading began too soon after the second drop to be sure to list what was dropped then.
  expect(readFrom).toEqual([100]);
  expect(intake.isBehind(ACCOUNT)).toBe(true);
  await pass(CATCH_UP_AFTER_MS);
  await finishAll();
  expect(readFrom).toEqual([100, 100]);
  expect(intake.isBehind(ACCOUNT)).toBe(false);
});

it('keeps of an order the latest report alone, and none that has gone on by itself', async () => {
  const { intake, decided, finishAll } = intakeOf();
  const report = (id: string, venueReason: string): OrderReport => ({
    ...reportOf(ORDER),
    venueOrderId: venueOrderId(id),
    symbol: SPOT,
    venueReason,
  });
  intake.addReport(ACCOUNT, report('v1', 'older'));
  intake.addReport(ACCOUNT, report('v1', 'newer'));
  const dropped = report('v2', 'overtaken');
  intake.addReport(ACCOUNT, dropped);
  intake.dropReport(ACCOUNT, dropped);
  await finishAll();
  expect(decided).toEqual(['report newer']);
  expect(intake.isBehind(ACCOUNT)).toBe(false);
});
