import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { venueClientOrderId, venueOrderId, type VenueOrderId } from '../ids.ts';
import { positionKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, fillOf, reportOf, SWAP, typesOf, venueIdOf } from '../testing/fixture.ts';
import { isAwaitingTrigger, type Order, type OrderRequest } from './order.ts';

const CHILD = venueOrderId('child');
const STOP: Partial<OrderRequest> = {
  symbol: SWAP,
  side: 'sell',
  type: 'stop_market',
  stopPrice: decimal('90'),
  trigger: 'mark',
  quantity: decimal('2'),
};
let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

const now = (stop: Order): Order => desk.order(stop.orderId);
/** An execution of no order that is known, on the side of the stop. */
const unmatched = (
  stop: Order,
  trade: string,
  of: VenueOrderId,
  given: Parameters<typeof fillOf>[2] = {},
): void => {
  desk.fills([fillOf(stop, trade, { venueOrderId: of, venueClientOrderId: null, ...given })]);
};

describe('whether a stop was triggered is what the venue reports', () => {
  it('of a venue that keeps the id: when it shows the order working, filled, or filled in part', () => {
    for (const [status, filledQuantity] of [
      ['open', '0'],
      ['partially_filled', '1'],
      ['canceled', '1'],
    ] as const) {
      const stop = desk.open(STOP);
      desk.report(stop, { status: 'untriggered' });
      expect(isAwaitingTrigger(now(stop))).toBe(true);
      const decision = desk.report(stop, { status, filledQuantity: decimal(filledQuantity) });
      expect(typesOf(decision)).toContain('stop_trigger_seen');
      expect(now(stop)).toMatchObject({ stopTriggered: true, venueOrderIds: [venueIdOf(stop)] });
      expect(isAwaitingTrigger(now(stop))).toBe(false);
    }
  });

  it('of a venue that makes another order of it: when it names that order, and no earlier', () => {
    const stop = desk.open(STOP);
    desk.report(stop, { status: 'triggered' });
    expect(now(stop).stopTriggered).toBe(false);
    desk.report(stop, { status: 'triggered', triggeredVenueOrderId: CHILD });
    expect(now(stop)).toMatchObject({ stopTriggered: true, venueOrderIds: [venueIdOf(stop), 'child'] });
    unmatched(stop, 't1', CHILD);
    desk.expectStatus(stop.orderId, 'filled');
  });

  it('is journaled once, and of no other order', () => {
    const stop = desk.open(STOP);
    desk.report(stop, { status: 'open' });
    expect(typesOf(desk.report(stop, { status: 'open' }))).not.toContain('stop_trigger_seen');
    const limit = desk.open({ symbol: SWAP, price: decimal('80') });
    expect(typesOf(desk.report(limit, { status: 'open' }))).not.toContain('stop_trigger_seen');
    expect(now(limit).stopTriggered).toBe(false);
  });

  it.each(['canceled', 'expired', 'rejected'] as const)(
    'is not: one that is %s with nothing filled',
    (status) => {
      const stop = desk.open(STOP);
      desk.report(stop, { status });
      expect(now(stop)).toMatchObject({ status, stopTriggered: false });
    },
  );

  it('is not what a second venue id says: an amended stop waits on', () => {
    const stop = desk.open(STOP);
    const amended = venueOrderId('amended');
    desk.report(stop, { status: 'untriggered', venueOrderId: amended });
    expect(now(stop)).toMatchObject({ venueOrderIds: [venueIdOf(stop), 'amended'], stopTriggered: false });
    expect(isAwaitingTrigger(now(stop))).toBe(true);
    // So that an execution under yet another id is parked for it, and becomes its own once the venue says so.
    unmatched(stop, 't1', CHILD);
    expect(desk.state.parkedFills.size).toBe(1);
    desk.lookUp(stop, {
      kind: 'found',
      report: reportOf(now(stop), { status: 'triggered', triggeredVenueOrderId: CHILD }),
    });
    desk.expectStatus(stop.orderId, 'filled');
  });
});

describe('executions under an id that is not known', () => {
  it('are parked until the look-up says whose they are: of the stop', () => {
    const stop = desk.open(STOP);
    unmatched(stop, 't1', CHILD, { quantity: decimal('1') });
    unmatched(stop, 't2', CHILD, { quantity: decimal('1') });
    expect(desk.state.parkedFills.size).toBe(2);
    expect(desk.state.positions.size).toBe(0);
    desk.lookUp(stop, { kind: 'found', report: reportOf(now(stop), { status: 'triggered' }) });
    expect(desk.state.parkedFills.size).toBe(2);
    desk.lookUp(stop, {
      kind: 'found',
      report: reportOf(now(stop), {
        status: 'filled',
        triggeredVenueOrderId: CHILD,
        filledQuantity: decimal('2'),
      }),
    });
    desk.expectStatus(stop.orderId, 'filled');
    expect(desk.state.drift.size).toBe(0);
  });

  it('are parked for a stop whose cancel is on its way, and become its own where it was triggered before', () => {
    const stop = desk.open(STOP);
    desk.cancel(stop);
    desk.expectStatus(stop.orderId, 'canceling');
    unmatched(stop, 't1', CHILD);
    expect(desk.state.parkedFills.size).toBe(1);
    desk.lookUp(stop, {
      kind: 'found',
      report: reportOf(now(stop), { status: 'triggered', triggeredVenueOrderId: CHILD }),
    });
    desk.expectStatus(stop.orderId, 'filled');
    expect(desk.state.drift.size).toBe(0);
  });

  it('are external once the venue shows the stop waiting still, triggered into another, or ended without them', () => {
    for (const given of [
      { status: 'untriggered' },
      { status: 'triggered', triggeredVenueOrderId: venueOrderId('another') },
      { status: 'open' },
      { status: 'canceled' },
    ] as const) {
      desk = Desk.funded();
      const stop = desk.open(STOP);
      unmatched(stop, 't1', CHILD);
      desk.lookUp(stop, { kind: 'found', report: reportOf(now(stop), given) });
      expect([...desk.state.parkedFills]).toEqual([]);
      expect([...desk.state.drift.values()].map(({ kind }) => kind)).toEqual(['external_fill']);
      expect(now(stop).filledQuantity.toString()).toBe('0');
    }
  });

  it('are not parked for a stop that is triggered, or of which something is filled', () => {
    const stop = desk.open(STOP);
    desk.report(stop, { status: 'open' });
    unmatched(stop, 't1', CHILD);
    expect(desk.state.parkedFills.size).toBe(0);
    const partly = desk.open(STOP);
    desk.fill(partly, 't2', { quantity: decimal('1') });
    unmatched(partly, 't3', venueOrderId('other'));
    expect(desk.state.parkedFills.size).toBe(0);
  });

  it('that carry an id of the venue’s making are parked as well', () => {
    const stop = desk.open(STOP);
    unmatched(stop, 't1', CHILD, { venueClientOrderId: venueClientOrderId('autoclose-1') });
    expect(desk.state.parkedFills.size).toBe(1);
  });
});

describe('in hedged mode', () => {
  const LONG_STOP: Partial<OrderRequest> = { ...STOP, positionSide: 'long' };

  it('only stops of the same position are candidates', () => {
    desk.hedge();
    desk.positions([
      { positionSide: 'long', quantity: decimal('5') },
      { positionSide: 'short', quantity: decimal('-5') },
    ]);
    const closing = desk.open(LONG_STOP);
    const opening = desk.open({ ...STOP, positionSide: 'short' });
    const decision = desk.fills([
      fillOf(closing, 't1', { venueOrderId: CHILD, venueClientOrderId: null, positionSide: 'short' }),
    ]);
    expect(decision.effects).toEqual([{ type: 'look_up', orderId: opening.orderId }]);
    desk.lookUp(opening, {
      kind: 'found',
      report: reportOf(opening, { status: 'triggered', triggeredVenueOrderId: CHILD }),
    });
    desk.expectStatus(opening.orderId, 'filled');
    expect(isAwaitingTrigger(now(closing))).toBe(true);
    expect(desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'short'))?.netQuantity.toString()).toBe('-7');
    expect(desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'long'))?.netQuantity.toString()).toBe('5');
  });

  it('an execution on the other position is external at once', () => {
    desk.hedge();
    desk.positions([{ positionSide: 'long', quantity: decimal('5') }]);
    const stop = desk.open(LONG_STOP);
    unmatched(stop, 't1', CHILD, { positionSide: 'short' });
    expect(desk.state.parkedFills.size).toBe(0);
    expect(desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'short'))?.netQuantity.toString()).toBe('-2');
  });
});
