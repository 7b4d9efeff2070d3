import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, venueClientOrderId, venueOrderId } from '../ids.ts';
import {
  accountRecord,
  accepted,
  ACCOUNT,
  Desk,
  positionReport,
  reportOf,
  SPOT,
  START,
  SWAP,
  typesOf,
  venueIdOf,
  balanceReport,
} from '../testing/fixture.ts';
import type { BalanceReport, OrderReport, PositionReport } from '../venue/report.ts';
import { driftId } from './drift.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded('1000', '10');
});
afterEach(() => {
  desk.expectReplayEqual();
});

const openOrders = (reports: readonly OrderReport[], startedAt: number): ReturnType<Desk['run']> =>
  desk.run({ type: 'open_orders', accountId: ACCOUNT, reports, startedAt });

describe('working orders against the venue', () => {
  it('equal lists change nothing', () => {
    const order = desk.open();
    const decision = openOrders([reportOf(order)], START + 1);
    expect(decision).toMatchObject({ events: [], effects: [] });
  });

  it.each(['open', 'canceling'] as const)('one that is %s and not listed is looked up', (status) => {
    const order = desk.open();
    if (status === 'canceling') desk.cancel(order);
    expect(openOrders([], START + 1).effects).toEqual([{ type: 'look_up', orderId: order.orderId }]);
  });

  it('one that changed after the list was asked for proves nothing', () => {
    desk.open();
    expect(openOrders([], START).effects).toEqual([]);
  });

  it('one that is not listed is looked up although its last change lies ahead of a clock that was set back', () => {
    const order = desk.open();
    desk.at -= 3_600_000;
    desk.run({ type: 'clock_stepped', stepMs: -3_600_000 });
    expect(openOrders([], desk.at - 1).effects).toEqual([{ type: 'look_up', orderId: order.orderId }]);
  });

  it('one whose answer is awaited is left alone; an unknown one is looked up', () => {
    const sent = desk.submitting();
    expect(openOrders([], START + 1).effects).toEqual([]);
    desk.outcome(sent, { kind: 'unknown', detail: '' });
    expect(openOrders([], START + 1).effects).toEqual([{ type: 'look_up', orderId: sent.orderId }]);
  });

  it('one listed under the id of a triggered stop is not missed', () => {
    const stop = desk.open({ type: 'stop_market', stopPrice: decimal('101'), trigger: 'last' });
    const child = venueOrderId('child');
    desk.report(stop, { status: 'triggered', triggeredVenueOrderId: child });
    const listed = reportOf(stop, { venueOrderId: child, venueClientOrderId: null });
    expect(openOrders([listed], START + 1).effects).toEqual([]);
  });

  it('an external one is a drift case, opened once, and settled when it is gone', () => {
    const external = reportOf(desk.submitting(), {
      venueOrderId: venueOrderId('x'),
      venueClientOrderId: venueClientOrderId('x'),
    });
    expect(typesOf(openOrders([external], START + 1))).toEqual(['drift_opened']);
    expect(openOrders([external], START + 2).events).toEqual([]);
    expect(typesOf(openOrders([], START + 3))).toEqual(['drift_resolved']);
  });

  it('one that we have seen end is a drift case when a list requested well after its end still has it', () => {
    const order = desk.open();
    desk.report(order, { status: 'canceled' });
    expect(openOrders([reportOf(order)], START + 5_000)).toMatchObject({ events: [], effects: [] });
    const decision = openOrders([reportOf(order)], START + 5_001);
    expect(typesOf(decision)).toEqual(['drift_opened']);
    expect(desk.state.drift.get(driftId('order_contradiction', ACCOUNT, order.orderId))).toMatchObject({
      ours: 'canceled',
      theirs: 'open',
    });
    expect(openOrders([reportOf(order)], START + 9_000).events).toEqual([]);
  });
});

const balances = (
  reports: readonly (Partial<BalanceReport> & { total: BalanceReport['total'] })[],
  comparable = true,
): ReturnType<Desk['run']> =>
  desk.run({
    type: 'balances',
    accountId: ACCOUNT,
    comparable,
    reports: reports.map((report) => ({
      ...balanceReport(report.wallet ?? 'spot', report.asset ?? 'USDT', report.total.toString(), report),
      ...report,
    })),
  });
const BTC_10 = { asset: asset('BTC'), total: decimal('10') };
const SWAP_1000 = { wallet: 'linear_swap', total: decimal('1000') } as const;
const usdt = (): ReturnType<typeof desk.state.balances.get> =>
  desk.state.balances.get(`${ACCOUNT} spot USDT`);

describe('balances against the venue', () => {
  it('the first reading is taken over without a drift case, comparable or not', () => {
    desk = new Desk();
    desk.openAccount(null);
    expect(typesOf(balances([{ total: decimal('7') }], false))).toEqual(['balances_observed']);
    expect(desk.state.accounts.get(ACCOUNT)?.balancesKnown).toBe(true);
  });

  it('of an account that is not open are left out', () => {
    desk = new Desk();
    expect(balances([{ total: decimal('7') }]).events).toEqual([]);
  });

  it('equal ones change nothing', () => {
    expect(balances([{ total: decimal('1000') }, BTC_10, SWAP_1000]).events).toEqual([]);
  });

  it('a reading that our own traffic overlapped is not compared', () => {
    expect(balances([{ total: decimal('1') }], false).events).toEqual([]);
    expect(usdt()?.total.toString()).toBe('1000');
  });

  it('a difference opens a case and is taken over', () => {
    expect(typesOf(balances([{ total: decimal('900') }, BTC_10, SWAP_1000]))).toEqual([
      'drift_opened',
      'balances_observed',
      'capital_moved',
    ]);
    expect(usdt()?.total.toString()).toBe('900');
    expect(desk.state.drift.get(driftId('balance', ACCOUNT, 'spot USDT'))).toMatchObject({
      ours: '1000',
      theirs: '900',
    });
  });

  it('an asset that is not listed any more is zero', () => {
    balances([BTC_10, SWAP_1000]);
    expect(usdt()?.total.isZero()).toBe(true);
    expect(desk.state.drift.size).toBe(1);
  });

  it('what is locked beyond our own holds is locked by others', () => {
    desk.open();
    balances([{ total: decimal('1000'), free: decimal('870') }, BTC_10, SWAP_1000]);
    expect(usdt()?.externalLocked.toString()).toBe('30');
    const second = desk.place({ quantity: decimal('9') });
    expect(desk.order(second.orderId).reason?.code).toBe('insufficient_balance');
  });

  it('a lock of others that comes or goes with the same total is taken over', () => {
    const reading = (free: string) =>
      balances([{ total: decimal('1000'), free: decimal(free) }, BTC_10, SWAP_1000]);
    expect(typesOf(reading('970'))).toEqual(['balances_observed']);
    expect(usdt()?.externalLocked.toString()).toBe('30');
    reading('1000');
    expect(usdt()?.externalLocked.toString()).toBe('0');
    expect(desk.state.drift.size).toBe(0);
  });

  it('a lock of others stands while our own fills and confirmed differences move the total', () => {
    balances([{ total: decimal('1000'), free: decimal('970') }, BTC_10, SWAP_1000]);
    desk.fill(desk.open(), 't1');
    const figures = () => [usdt()?.total.toString(), usdt()?.externalLocked.toString()];
    expect(figures()).toEqual(['900', '30']);
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: false,
      reports: [],
      confirmed: new Map([[`${ACCOUNT} spot USDT`, decimal('-50')]]),
    });
    expect(figures()).toEqual(['850', '30']);
  });

  it('a lock of others is gone with its asset', () => {
    balances([{ total: decimal('1000'), free: decimal('970') }, BTC_10, SWAP_1000]);
    balances([BTC_10, SWAP_1000]);
    expect([usdt()?.total.toString(), usdt()?.externalLocked.toString()]).toEqual(['0', '0']);
  });

  it('less locked than we hold is nobody else holding anything', () => {
    desk.open();
    balances([{ total: decimal('1000'), free: decimal('1000') }, BTC_10, SWAP_1000]);
    expect(usdt()?.externalLocked.isZero()).toBe(true);
  });

  it('a confirmed difference of a reading that was overlapped moves the total, whatever was booked since', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    const decision = desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: false,
      reports: [],
      confirmed: new Map([[`${ACCOUNT} spot USDT`, decimal('17.25')]]),
    });
    expect(typesOf(decision)).toEqual(['drift_opened', 'balances_observed', 'capital_moved']);
    expect(usdt()?.total.toString()).toBe('917.25');
    expect(desk.state.drift.get(driftId('balance', ACCOUNT, 'spot USDT'))).toMatchObject({
      ours: '900',
      theirs: '917.25',
    });
  });

  it('fills move the totals, so that the next reading agrees', () => {
    const order = desk.open();
    desk.fill(order, 't1', { fee: decimal('0.001'), feeAsset: asset('BTC') });
    const reading = [{ total: decimal('900') }, { ...BTC_10, total: decimal('10.999') }, SWAP_1000];
    expect(balances(reading).events).toEqual([]);
  });
});

const positions = (quantity: string | null): ReturnType<Desk['run']> =>
  desk.run({
    type: 'positions',
    accountId: ACCOUNT,
    reports: quantity === null ? [] : [unpriced(quantity)],
  });
const unpriced = (quantity: string): PositionReport =>
  positionReport({ quantity: decimal(quantity), entryPrice: null, markPrice: null });

describe('positions against the venue', () => {
  it('the first reading is taken over as it is', () => {
    expect(typesOf(positions('-2'))).toEqual(['positions_observed']);
    expect(net()).toBe('-2');
    expect(positions('-2').events).toEqual([]);
  });

  it('later, a difference is a case until a person settles it, and the figure of the venue is taken over', () => {
    positions(null);
    expect(typesOf(positions('2'))).toEqual(['drift_opened', 'positions_observed']);
    expect(positions('2').events).toEqual([]);
    desk.at += 10;
    expect(typesOf(positions('3'))).toEqual(['drift_opened', 'positions_observed']);
    expect(desk.state.drift.get(driftId('position', ACCOUNT, SWAP))).toMatchObject({
      ours: '2',
      theirs: '3',
      openedAt: START,
    });
    expect(net()).toBe('3');
  });

  it('a confirmed difference of a reading that was overlapped moves the position, whatever was booked since', () => {
    positions(null);
    const order = desk.submitting({ symbol: SWAP });
    desk.outcome(order, accepted(order, { venueOrderId: venueIdOf(order) }));
    desk.fill(order, 't1');
    const reports = [unpriced('2')];
    const confirmed = new Map([[`${ACCOUNT} ${SWAP}`, decimal('2')]]);
    const decision = desk.run({ type: 'positions', accountId: ACCOUNT, reports, confirmed });
    expect(typesOf(decision)).toEqual(['drift_opened', 'positions_observed']);
    expect(net()).toBe('3');
    expect(desk.run({ type: 'positions', accountId: ACCOUNT, reports, confirmed: new Map() }).events).toEqual(
      [],
    );
  });

  it('one that the venue does not list is flat there', () => {
    positions(null);
    const order = desk.submitting({ symbol: SWAP });
    desk.outcome(order, accepted(order, { venueOrderId: venueIdOf(order) }));
    desk.fill(order, 't1');
    expect(positions('1').events).toEqual([]);
    expect(typesOf(positions(null))).toEqual(['drift_opened', 'positions_observed']);
    expect(net()).toBe('0');
  });

  it('spot is none of their business', () => {
    positions(null);
    const order = desk.open();
    desk.fill(order, 't1');
    expect(positions(null).events).toEqual([]);
    expect(desk.state.positions.get(`${ACCOUNT} ${SPOT}`)?.netQuantity.toString()).toBe('1');
  });
});

const net = (): string | undefined => desk.state.positions.get(`${ACCOUNT} ${SWAP}`)?.netQuantity.toString();

describe('drift cases', () => {
  it('are settled by a person, once', () => {
    positions(null);
    positions('2');
    const resolve = {
      type: 'resolve_drift',
      driftId: driftId('position', ACCOUNT, SWAP),
      resolution: 'seen',
      requestedBy: 'ann',
    } as const;
    expect(typesOf(desk.run(resolve))).toEqual(['drift_resolved']);
    expect(desk.run(resolve).events).toEqual([]);
  });
});

describe('funding', () => {
  it('is booked once, to the wallet and to the position', () => {
    const order = desk.open({ symbol: SWAP });
    desk.fill(order, 't1');
    const record = accountRecord({ amount: decimal('-0.5') });
    expect(typesOf(desk.records([record, record]))).toEqual([
      'account_record_booked',
      'account_records_read',
    ]);
    expect(desk.records([record]).events).toEqual([]);
    expect(desk.state.balances.get(`${ACCOUNT} linear_swap USDT`)?.total.toString()).toBe('999.5');
    expect(desk.state.positions.get(`${ACCOUNT} ${SWAP}`)?.fundingTotal.toString()).toBe('-0.5');
  });
});
