import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../order/order.ts';
import { ACCOUNT, Desk, SPOT, START, typesOf } from '../testing/fixture.ts';
import { driftId } from './drift.ts';
import type { DriftReply } from './resolve.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** The case of an order that the venue contradicts itself about: more is executed than it was for. */
function contradicted(order: Order = desk.open()): string {
  desk.fill(order, `${order.orderId}-1`);
  desk.fill(order, `${order.orderId}-2`);
  return driftId('order_contradiction', ACCOUNT, order.orderId);
}

function resolve(id: string): DriftReply {
  const { reply } = desk.run({
    type: 'resolve_drift',
    driftId: id,
    resolution: 'seen with the exchange',
    requestedBy: 'ann',
  });
  if (reply.kind !== 'control') throw new RangeError(reply.kind);
  return reply.outcome as DriftReply;
}

describe('a drift case', () => {
  it('is settled with who and how, and the case as it stood', () => {
    const order = desk.open();
    const id = contradicted(order);
    const drift = desk.state.drift.get(id);
    expect(resolve(id)).toEqual({ kind: 'drift_resolved', drift, tradesAgain: true });
    const line = desk.journal.at(-1);
    expect(line?.type).toBe('drift_resolved');
    expect(JSON.parse(line?.payload ?? '')).toMatchObject({
      driftId: id,
      requestedBy: 'ann',
      resolution: 'seen with the exchange',
      drift: { driftId: id, orderId: order.orderId, openedAt: START },
    });
    expect(desk.refusalBy('trading_state')).toBeNull();
  });

  it('that is not open, or never was, is left alone', () => {
    const id = contradicted();
    resolve(id);
    const journaled = desk.journal.length;
    expect([resolve(id), resolve('no such case')]).toEqual([
      { kind: 'drift_not_open' },
      { kind: 'drift_not_open' },
    ]);
    expect(desk.journal.length).toBe(journaled);
  });

  it('goes on holding its instrument while another one does', () => {
    const ids = [desk.open(), desk.open()].map((order) => contradicted(order));
    expect(resolve(ids[0] ?? '')).toMatchObject({ tradesAgain: false });
    expect(desk.refusalBy('trading_state', { symbol: SPOT })?.code).toBe('trading_reduce_only');
    expect(resolve(ids[1] ?? '')).toMatchObject({ tradesAgain: true });
    expect(desk.refusalBy('trading_state', { symbol: SPOT })).toBeNull();
  });

  it('that holds no instrument sets none free', () => {
    desk.run({ type: 'balances', accountId: ACCOUNT, comparable: true, reports: [] });
    const [id = ''] = desk.state.drift.keys();
    expect(resolve(id)).toMatchObject({ kind: 'drift_resolved', tradesAgain: false });
  });

  it('is settled with its account beginning anew', () => {
    desk.openAccount('one');
    contradicted();
    const anew = desk.openAccount('two');
    expect(typesOf(anew)).toEqual(['drift_resolved', 'account_reset']);
    expect(anew.events[0]).toMatchObject({ requestedBy: 'reconciliation' });
    expect(desk.state.drift.size).toBe(0);
  });
});
