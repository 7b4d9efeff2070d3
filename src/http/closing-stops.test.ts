/** Closes, amendments and unwinding against a desk of the core alone: what is canceled for them, and what stands afterwards. */
import { expect, it, vi } from 'vitest';
import { Decimal, decimal } from '../core/decimal.ts';
import { orderId, type OrderId } from '../core/ids.ts';
import { keyOfPart } from '../core/order/parts-of-key.ts';
import type { AnsweredRequest } from '../core/portfolio/answered-request.ts';
import { positionKey } from '../core/portfolio/keys.ts';
import { closableQuantity, quantityBeingClosed } from '../core/position/closable.ts';
import { closablePart } from '../core/position/strategy-part.ts';
import { ACCOUNT, balanceReport, Desk as CoreDesk, SPOT, SPOT_INSTRUMENT } from '../core/testing/fixture.ts';
import {
  EngineUnavailable,
  type CanceledStop,
  type Desk,
  type PlaceIntent,
  type PositionPlace,
  type StopToKeep,
} from '../engine/desk.ts';
import type { Order } from '../core/order/order.ts';
import { stopsTooLarge } from '../core/order/protection-alarms.ts';
import { besidePosition } from '../core/order/uncovered.ts';
import { Amender } from './amending.ts';
import { Closer, type CloseWish } from './closing.ts';
import { replacementFor } from '../core/order/placed-anew.ts';
import { openIn, unwind } from './unwinding.ts';

function deskOf(
  core: CoreDesk,
  given: { onCancel?: (id: OrderId) => void; refuseFrom?: number; fail?: Error } = {},
) {
  const keys = new Map<string, { contentHash: string; orderId: OrderId }>();
  const answers = new Map<string, AnsweredRequest>();
  let placed = 0;
  const quantities: string[] = [];
  const attempts: PlaceIntent[] = [];
  const kept: CanceledStop[] = [];
  const desk = {
    portfolioId: 'p',
    ready: true,
    journalTrouble: null,
    onDurable: () => () => undefined,
    books: {
      order: async (id: OrderId) => core.order(id),
      openOrders: async () => ({ value: [...core.state.unfinished.values()], seq: 0 }),
      balances: async () => ({
        value: [...core.state.balances.values()].map((balance) => ({
          balance,
          available: balance.total.subtract(
            [...core.state.unfinished.values()]
              .filter((o) => o.side === 'sell' && balance.asset === 'BTC')
              .reduce((s, o) => s.add((o.quantity ?? Decimal.zero).subtract(o.filledQuantity)), Decimal.zero),
          ),
        })),
        seq: 0,
      }),
      positions: async () => ({
        value: [...core.state.positions.values()]
          .filter((p) => !p.netQuantity.isZero())
          .map((position) => ({
            position,
            instrument: SPOT_INSTRUMENT,
            closable: closableQuantity(core.state, position),
            beingClosed: quantityBeingClosed(core.state, position),
          })),
        seq: 0,
      }),
      stopsTooLarge: async ({ accountId, symbol, positionSide }: PositionPlace) => {
        const position = core.state.positions.get(positionKey(accountId, symbol, positionSide));
        return { value: position === undefined ? [] : stopsTooLarge(core.state, position), seq: 0 };
      },
    },
    controls: {
      netStrategyBooks: async () => [],
      rememberRequest: async (request: AnsweredRequest) => {
        answers.set(request.key, request);
        return { kind: 'request_remembered', key: request.key };
      },
    },
    orders: {
      openNow: () => [...core.state.unfinished.values()],
      isCancelAccepted: () => false,
      keepStop: (canceled: CanceledStop) => kept.push(canceled),
      besideNow: (stop: Order) => besidePosition(core.state, stop),
      check: async () => ({ refusals: [] as unknown[] }),
      isLeftToPutBack: ({ orderId: id }: Order) => core.state.keptStops.has(id),
      cancel: async (id: OrderId, requestedBy: string, why?: string, keep?: StopToKeep) => {
        core.run({
          type: 'cancel_order',
          orderId: id,
          requestedBy,
          ...(why === undefined ? {} : { why }),
          ...(keep === undefined ? {} : { keep }),
        });
        given.onCancel?.(id);
        return { kind: 'canceling', order: core.order(id), recorded: true };
      },
      settled: async (id: OrderId) => core.order(id),
      place: async (intent: PlaceIntent) => {
        placed += 1;
        attempts.push(intent);
        if (given.fail !== undefined) throw given.fail;
        if (given.refuseFrom !== undefined && placed >= given.refuseFrom)
          throw new EngineUnavailable('journal_stalled', 'the database does not answer', 1_000);
        const { quantity, side, getsOut } = intent;
        const { type, price, stopPrice, timeInForce } = intent;
        const { orderId, reply } = core.place({
          type,
          side,
          quantity,
          price,
          stopPrice,
          timeInForce,
          ...(getsOut === true ? { getsOut } : {}),
        });
        const order = core.order(orderId);
        if (reply.kind !== 'accepted') return { kind: 'denied', order, refusals: [], replayed: false };
        if (intent.idempotency !== null)
          keys.set(intent.idempotency.key, { contentHash: intent.idempotency.contentHash, orderId });
        if (type !== 'market') return { kind: 'accepted', order, replayed: false };
        core.fill(order, `t-${orderId}`);
        quantities.push(quantity?.toString() ?? '');
        return { kind: 'accepted', order: core.order(orderId), replayed: false };
      },
    },
  };
  const context = {
    isStorageUnavailable: () => false,
    readModels: {
      idempotency: async (_p: unknown, key: string) => {
        const remembered = answers.get(key);
        return keys.get(key) ?? (remembered === undefined ? null : { ...remembered, orderId: null });
      },
      idempotencyOfParts: async (_p: unknown, key: string) =>
        [...keys]
          .filter(([k]) => k.startsWith(keyOfPart(key, '')))
          .sort(([left], [right]) => (left < right ? -1 : 1))
          .map(([, v]) => v),
    },
  };
  return { desk: desk as unknown as Desk, context: context as never, quantities, attempts, kept };
}
const caller = { userName: 'u', tokenLabel: 't', bounds: { accounts: null, strategies: null } } as never;
const wish = (given: Partial<CloseWish> = {}): CloseWish => ({
  account: { accountId: ACCOUNT } as never,
  symbol: SPOT,
  positionSide: null,
  quantity: null,
  fraction: null,
  marketProtectionBps: null,
  clientOrderId: null,
  strategy: null,
  key: null,
  request: null,
  waitMs: 1,
  ...given,
});

/** Moves a stop that cannot rest beside its successor, and so is canceled first; a failure is no matter of the tests. */
async function amendWithoutRoom(
  desk: Desk,
  context: ConstructorParameters<typeof Amender>[0],
  stopId: OrderId,
): Promise<void> {
  (desk.orders as { check: unknown }).check = async (_intent: unknown, excluding?: OrderId) => ({
    refusals: excluding === undefined ? [{}] : [],
  });
  await new Amender(context)
    .amend(desk, caller, stopId, {
      quantity: null,
      price: null,
      stopPrice: decimal('85'),
      clientOrderId: null,
      key: null,
      waitMs: 10,
    })
    .catch((e: unknown) => e);
}

it('a close sells no inventory where the sale that it cancels is filled in part meanwhile', async () => {
  // A position of 2 and 1.5 of the owner's own; a sale of all of the position rests.
  const core = CoreDesk.funded('1000000', '1.5');
  core.hold(SPOT, '2');
  const resting = core.open({ side: 'sell', quantity: decimal('2'), price: decimal('101') });
  const { desk, context, quantities } = deskOf(core, {
    onCancel: () => {
      core.fill(core.order(resting.orderId), 'late', { quantity: decimal('1') });
      core.report(core.order(resting.orderId), { status: 'canceled', filledQuantity: decimal('1') });
    },
  });
  await new Closer(context).close(desk, caller, wish());
  expect(core.order(resting.orderId).status).toBe('canceled');
  expect(quantities).toEqual(['1']);
});

it('a repeat of a close that was cut short says what has no order', async () => {
  const core = CoreDesk.funded('100000000', '0');
  core.hold(SPOT, '3000');
  const { desk, context } = deskOf(core, { refuseFrom: 2 });
  const closer = new Closer(context);
  const first = await closer.close(desk, caller, wish({ key: 'k' }));
  expect(first.left?.toString()).toBe('2000');
  const repeat = await closer.close(desk, caller, wish({ key: 'k' }));
  expect([...core.state.positions.values()].map(({ netQuantity }) => netQuantity.toString())).toEqual([
    '2000',
  ]);
  expect(repeat.left?.toString()).toBe('2000');
});

it('a repeat of a close of a quantity says no more is left than is open by now', async () => {
  const core = CoreDesk.funded('100000000', '0');
  core.hold(SPOT, '3000');
  const { desk, context } = deskOf(core, { refuseFrom: 2 });
  const closer = new Closer(context);
  const wished = wish({ key: 'k', quantity: decimal('2000') });
  expect((await closer.close(desk, caller, wished)).left?.toString()).toBe('1000');
  core.fill(core.open({ side: 'sell', quantity: decimal('2000') }), 'sold by hand');
  expect((await closer.close(desk, caller, wished)).left).toBeNull();
});

it('a repeat of a close in eleven orders gives them in the order in which they were placed', async () => {
  const core = CoreDesk.funded('100000000', '0');
  for (let n = 0; n < 11; n += 1) core.hold(SPOT, '1000');
  const { desk, context } = deskOf(core);
  const closer = new Closer(context);
  const idsOf = async (): Promise<readonly unknown[]> => {
    const { answered, further } = await closer.close(desk, caller, wish({ key: 'k' }));
    const placed = [answered, ...further.map((each) => ('answered' in each ? each.answered : null))];
    return placed.map((each) => each?.order.orderId);
  };
  const first = await idsOf();
  expect(first).toHaveLength(11);
  expect(await idsOf()).toEqual(first);
});

it('an amendment of a spot stop puts the old one back where the new one cannot be placed now', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = core.open({
    type: 'stop_market',
    side: 'sell',
    quantity: decimal('2'),
    price: null,
    stopPrice: decimal('90'),
  });
  const { desk, context, attempts, kept } = deskOf(core, {
    fail: new EngineUnavailable('venue_unreachable', 'not connected', 1_000),
    onCancel: (id) => core.report(core.order(id), { status: 'canceled' }),
  });
  await amendWithoutRoom(desk, context, stop.orderId);
  expect(core.order(stop.orderId).status).toBe('canceled');
  expect(attempts.length).toBe(2);
  expect(kept).toMatchObject([{ stop: { orderId: stop.orderId }, replacement: null }]);
});

it('an account that is unwound says what was closed, also where another position meets an engine that is unavailable', async () => {
  const core = CoreDesk.funded('1000000', '10');
  core.hold(SPOT, '2');
  const { desk } = deskOf(core);
  const position = [...core.state.positions.values()][0];
  const reading = { position, instrument: SPOT_INSTRUMENT };
  const two = {
    ...desk,
    books: { ...desk.books, positions: async () => ({ value: [reading, reading], seq: 0 }) },
  } as unknown as Desk;
  let calls = 0;
  const closer = {
    close: async () => {
      calls += 1;
      if (calls === 2) throw new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
      return {
        answered: { status: 201, order: { orderId: 'placed', status: 'filled' }, replayed: false },
        further: [],
        dust: null,
        notHeld: null,
        left: null,
        canceled: [],
      };
    },
  } as unknown as Closer;
  const open = {
    desk: two,
    accounts: [{ accountId: ACCOUNT }],
    orders: [],
    positions: [reading, reading],
    dust: [],
  } as never;
  const unwound = await unwind(closer, caller, [open], { orders: 'cancel', positions: 'close' });
  expect(unwound.closed.map((each) => each.order_id)).toContain('placed');
});

it('an order that fills while it is canceled for unwinding is closed with the rest', async () => {
  const core = CoreDesk.funded('1000000', '0');
  const resting = core.open({ quantity: decimal('2'), price: decimal('100') });
  const { desk, context, quantities } = deskOf(core, {
    onCancel: () => core.fill(core.order(resting.orderId), 'late'),
  });
  const accounts = [{ accountId: ACCOUNT }] as never;
  const open = await openIn(desk, accounts);
  expect([open.orders.length, open.positions.length]).toEqual([1, 0]);
  const unwound = await unwind(new Closer(context), caller, [open], { orders: 'cancel', positions: 'close' });
  expect(unwound.canceled).toMatchObject([{ order_id: resting.orderId, status: 'filled' }]);
  expect(unwound.closed).toMatchObject([{ quantity: '2', status: 'filled', problem: null }]);
  expect(unwound.left).toEqual({ order_ids: [], positions: [], dust: [] });
  expect(quantities).toEqual(['2']);
});

it('a position whose coins a stop locks is open, and no dust', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  stopOf(core);
  const { positions, dust } = await openIn(deskOf(core).desk, [{ accountId: ACCOUNT }] as never);
  expect([positions.length, dust.length]).toEqual([1, 0]);
});

const stopOf = (core: CoreDesk) =>
  core.open({
    type: 'stop_market',
    side: 'sell',
    quantity: decimal('2'),
    price: null,
    stopPrice: decimal('90'),
  });
const stopsOf = (core: CoreDesk): readonly (string | undefined)[] =>
  [...core.state.unfinished.values()]
    .filter(({ stopPrice }) => stopPrice !== null)
    .map(({ quantity }) => quantity?.toString());
const canceledAtOnce = (core: CoreDesk) => ({
  onCancel: (id: OrderId) => core.report(core.order(id), { status: 'canceled' }),
});

/** A stop whose owner has canceled it; the exchange confirms that as soon as somebody waits for it. */
function canceledByItsOwner(core: CoreDesk, quantity: string) {
  const stop = core.open({ ...OWN_STOP, quantity: decimal(quantity) });
  core.cancel(stop);
  const made = deskOf(core);
  const order = async (id: OrderId) => {
    if (core.order(id).status === 'canceling') core.report(core.order(id), { status: 'canceled' });
    return core.order(id);
  };
  return { ...made, desk: { ...made.desk, books: { ...made.desk.books, order } } };
}

it('a stop that its owner is canceling gives its room to a close, which cancels no other order for it', async () => {
  const core = CoreDesk.funded('1000000', '1');
  core.hold(SPOT, '2');
  const target = core.open({ side: 'sell', quantity: decimal('1'), price: decimal('150') });
  const { desk, context, quantities } = canceledByItsOwner(core, '2');
  const closed = await new Closer(context).close(desk, caller, wish());
  expect([quantities, closed.canceled, core.status(target)]).toEqual([['2'], [], 'open']);
});

it.each([
  ['of position and inventory', '3', '5', null],
  ['of a position that is closed in part', '0', '2', '0.5'],
])(
  'a stop %s that its owner has canceled is waited for, and not put back',
  async (_what, inventory, stop, part) => {
    const core = CoreDesk.funded('1000000', inventory);
    core.hold(SPOT, '2');
    const { desk, context, kept, quantities } = canceledByItsOwner(core, stop);
    const closed = await new Closer(context).close(
      desk,
      caller,
      wish({ quantity: part === null ? null : decimal(part) }),
    );
    expect(quantities).toEqual([part ?? '2']);
    expect([stopsOf(core), kept, closed.canceled]).toEqual([[], [], []]);
    expect(core.state.keptStops.size).toBe(0);
  },
);

it.each(['close', 'amendment'] as const)(
  'a stop that its owner cancels while a %s has canceled it is not put back',
  async (what) => {
    const core = CoreDesk.funded('1000000', '0');
    core.hold(SPOT, '2');
    const stop = stopOf(core);
    const { desk, context, kept } = deskOf(core, {
      onCancel: (id) => {
        core.report(core.order(id), { status: 'canceled' });
        core.run({ type: 'cancel_order', orderId: id, requestedBy: 'owner' });
      },
    });
    if (what === 'amendment') await amendWithoutRoom(desk, context, stop.orderId);
    else {
      const { stops } = await new Closer(context).close(desk, caller, wish({ quantity: decimal('0.5') }));
      expect(stops).toEqual([]);
    }
    expect([stopsOf(core), kept, core.state.keptStops.size]).toEqual([[], [], 0]);
  },
);

it('a stop that is amended to what is filled of it is not to be put back', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = core.open({ ...OWN_STOP, type: 'stop_limit', price: decimal('89'), quantity: decimal('2') });
  core.fill(stop, 'half', { quantity: decimal('1') });
  core.report(core.order(stop.orderId), { status: 'partially_filled', filledQuantity: decimal('1') });
  const { desk, context, kept } = deskOf(core);
  const cancel: Desk['orders']['cancel'] = async (orderId, requestedBy, _why, keep) => {
    core.run({ type: 'cancel_order', orderId, requestedBy, ...(keep === undefined ? {} : { keep }) });
    core.report(core.order(orderId), { status: 'canceled', filledQuantity: decimal('1') });
    return { kind: 'canceling', order: core.order(orderId), recorded: true };
  };
  const released: OrderId[] = [];
  const releaseStops: Desk['orders']['releaseStops'] = async (which) => {
    for (const orderId of core.state.keptStops.keys()) if (which(core.order(orderId))) released.push(orderId);
  };
  const amended = await new Amender(context).amend(
    { ...desk, orders: { ...desk.orders, cancel, releaseStops } },
    caller,
    stop.orderId,
    { quantity: decimal('1'), price: null, stopPrice: null, clientOrderId: null, key: null, waitMs: 10 },
  );
  expect(amended.replacement).toBeNull();
  expect([released, kept]).toEqual([[stop.orderId], []]);
});

it('a close of a part places the stop anew for what is left, and names it', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  const { stops } = await new Closer(context).close(desk, caller, wish({ quantity: decimal('0.5') }));
  expect(stops).toEqual([
    {
      canceled: stop.orderId,
      canceledQuantity: decimal('2'),
      restored: expect.any(String) as unknown,
      restoredQuantity: decimal('1.5'),
    },
  ]);
  expect(stopsOf(core)).toEqual(['1.5']);
});

it.each([
  // The inventory, the stop and the target before the close of one of two, and the stop after it.
  ['0.8', '1.2', '0.8', '1', false],
  ['0.3', '1.2', '0.8', '0.5', true],
  ['0', '1.2', '0.8', '0.2', true],
])(
  'beside %s other coins, a stop of %s and a target of %s, a close of a half places the stop anew for %s; too little is alarmed: %s',
  async (inventory, ofStop, ofTarget, expected, isMissed) => {
    const core = CoreDesk.funded('1000000', inventory);
    core.hold(SPOT, '2');
    core.at += 1_000;
    const stop = core.open({ ...OWN_STOP, quantity: decimal(ofStop) });
    const target = core.open({ side: 'sell', quantity: decimal(ofTarget), price: decimal('150') });
    const { desk, context, kept } = deskOf(core, canceledAtOnce(core));
    const closed = await new Closer(context).close(desk, caller, wish({ quantity: decimal('1') }));
    expect(core.status(target)).toBe('open');
    expect(closed.stops).toMatchObject([
      { canceled: stop.orderId, canceledQuantity: decimal(ofStop), restoredQuantity: decimal(expected) },
    ]);
    expect(stopsOf(core)).toEqual([expected]);
    // A stop that closes a smaller part than before is looked after as one that is missing.
    expect(kept.map(({ replacement, isShort }) => [replacement === null, isShort ?? false])).toEqual([
      [isMissed, isMissed],
    ]);
  },
);

it('a close of all leaves no stop', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  stopOf(core);
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  const { stops } = await new Closer(context).close(desk, caller, wish());
  expect(stops).toEqual([]);
  expect(stopsOf(core)).toEqual([]);
});

it('a close that is refused after its stop was canceled puts the stop back, and names both', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  const place = desk.orders.place.bind(desk.orders);
  const failing = {
    ...desk,
    orders: {
      ...desk.orders,
      place: async (intent: PlaceIntent) => {
        if (intent.type === 'market')
          throw new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
        return place(intent);
      },
    },
  };
  await expect(new Closer(context).close(failing, caller, wish())).rejects.toMatchObject({
    problemCode: 'venue_unreachable',
    figures: {
      canceled_order_ids: [stop.orderId],
      restored_order_ids: [expect.any(String)],
    },
  });
  expect(stopsOf(core)).toEqual(['2']);
});

it('a close names a stop whose cancel was recorded and not sent, and hands it over: it may end later', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context, kept } = deskOf(core);
  (desk.orders as { cancel: unknown }).cancel = async (id: OrderId) => {
    core.cancel({ orderId: id });
    return { kind: 'not_sent', order: core.order(id), recorded: true };
  };
  (desk.orders as { place: unknown }).place = async () => {
    throw new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
  };
  await expect(new Closer(context).close(desk, caller, wish())).rejects.toMatchObject({
    figures: { canceled_order_ids: [stop.orderId] },
  });
  expect(kept).toMatchObject([{ stop: { orderId: stop.orderId }, replacement: null }]);
});

it('a close that the risk rules refuse cancels nothing', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  const refusal = {
    rule: 'instrument_filters',
    code: 'quantity_too_small',
    limit: '1',
    actual: '0',
    detail: '',
  };
  const refusing = { ...desk, orders: { ...desk.orders, check: async () => ({ refusals: [refusal] }) } };
  await expect(
    new Closer(context).close(refusing as unknown as Desk, caller, wish({ quantity: decimal('0.5') })),
  ).rejects.toMatchObject({ problemCode: 'quantity_too_small' });
  expect(core.status(stop)).toBe('open');
});

it('a close hands every stop that it canceled over to be looked after, also where its orders were to close all', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context, kept } = deskOf(core, canceledAtOnce(core));
  await new Closer(context).close(desk, caller, wish());
  expect(kept).toMatchObject([{ stop: { orderId: stop.orderId }, replacement: null }]);
});

it('stops that a close of a part canceled are placed anew for no more than what is left of the position together', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const terms = { type: 'stop_market', side: 'sell', price: null, stopPrice: decimal('90') } as const;
  for (let n = 0; n < 2; n += 1) core.open({ ...terms, quantity: decimal('1') });
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  await new Closer(context).close(desk, caller, wish({ quantity: decimal('0.5') }));
  expect(stopsOf(core)).toEqual(['1', '0.5']);
});

it('a stop whose amendment is in doubt is looked after with the order that may have been placed for it', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context, attempts, kept } = deskOf(core, {
    fail: new EngineUnavailable('journal_stalled', 'no answer', 1_000, orderId('in doubt')),
    ...canceledAtOnce(core),
  });
  await amendWithoutRoom(desk, context, stop.orderId);
  expect(attempts).toHaveLength(1);
  expect(kept).toMatchObject([{ stop: { orderId: stop.orderId }, replacement: 'in doubt' }]);
});

it('a stop whose cancel for an amendment is never confirmed in time is handed over to be looked after', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  const { desk, context, kept } = deskOf(core);
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
  try {
    await amendWithoutRoom(desk, context, stop.orderId);
    await expect.poll(() => kept).toMatchObject([{ stop: { orderId: stop.orderId }, replacement: null }]);
  } finally {
    timeout.mockRestore();
  }
});

it('an amended stop of an inventory is handed over with all that it was to sell beside a position', async () => {
  for (const [held, beside] of [
    [null, '3'],
    ['2', '1'],
  ] as const) {
    const core = CoreDesk.funded('1000000', held === null ? '3' : '1');
    if (held !== null) core.hold(SPOT, held);
    const stop = core.open({
      type: 'stop_market',
      side: 'sell',
      price: null,
      stopPrice: decimal('90'),
      quantity: decimal('3'),
    });
    const { desk, context, kept } = deskOf(core, {
      fail: new EngineUnavailable('journal_stalled', 'no answer', 1_000),
      ...canceledAtOnce(core),
    });
    await amendWithoutRoom(desk, context, stop.orderId);
    expect(kept.map(({ beside: of }) => of?.ofThisStop.toString())).toEqual([beside]);
  }
});

it('a close for a strategy leaves the stops of others on spot in their place', async () => {
  const core = CoreDesk.funded('1000000', '0');
  for (const strategy of ['grid', 'trend'])
    core.fill(core.open({ quantity: decimal('1'), strategy }), `bought for ${strategy}`);
  const terms = { type: 'stop_market', side: 'sell', price: null, stopPrice: decimal('90') } as const;
  const [own, other] = ['grid', 'trend'].map((strategy) =>
    core.open({ ...terms, quantity: decimal('1'), strategy }),
  );
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  (desk.books as { strategyParts: unknown }).strategyParts = async (strategy: string) =>
    [...core.state.strategyBooks.values()]
      .filter((book) => book.strategy === strategy)
      .map((book) => ({ ...closablePart(core.state, book), instrument: SPOT_INSTRUMENT }));
  await new Closer(context).close(desk, caller, wish({ strategy: 'grid' }));
  expect(own && core.status(own)).toBe('canceled');
  expect(other && core.status(other)).toBe('open');
});

it('an order that takes the place of another has all of its terms', () => {
  const core = CoreDesk.funded('1000000', '0');
  core.fill(core.open({ quantity: decimal('2'), strategy: 'grid' }), 'bought');
  const terms = {
    type: 'stop_limit',
    side: 'sell',
    quantity: decimal('2'),
    price: decimal('89'),
    stopPrice: decimal('90'),
    trigger: 'last',
    onWouldTrigger: 'close_now',
    keepAfterClose: true,
    marketProtectionBps: 70,
    sendWithinMs: 9_000,
    strategy: 'grid',
  } as const;
  const order = core.open(terms);
  const unchanged = { quantity: null, price: null, stopPrice: null, clientOrderId: null };
  expect(replacementFor(order, unchanged, 'ann', null)).toMatchObject({ ...terms, replaces: order.orderId });
});

it('a close that passes a halted trading state puts the stop back that made room for it', async () => {
  const core = CoreDesk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = stopOf(core);
  core.run({
    type: 'set_trading_state',
    scope: { kind: 'portfolio' },
    state: 'halted',
    expectedVersion: null,
    mayLoosen: false,
    requestedBy: 'ann',
    why: 'a review',
  });
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  const closed = await new Closer(context).close(desk, caller, wish({ quantity: decimal('0.5') }));
  expect(core.status(stop)).toBe('canceled');
  expect(closed.stops).toMatchObject([{ canceled: stop.orderId, restored: expect.any(String) as unknown }]);
  expect(stopsOf(core)).toEqual(['1.5']);
});

/** Nine of the owner's own with a stop or a limit sale, then a position of two with a stop of its own. */
function besideInventory(
  sale: { readonly type: 'stop_market' | 'limit'; readonly quantity: string },
  own: string | null = '2',
) {
  const core = CoreDesk.funded('1000000', '9');
  const isStop = sale.type === 'stop_market';
  const inventory = core.open({
    type: sale.type,
    side: 'sell',
    quantity: decimal(sale.quantity),
    price: isStop ? null : decimal('150'),
    stopPrice: isStop ? decimal('70') : null,
  });
  core.at += 1_000;
  core.hold(SPOT, '2');
  const stop = own === null ? null : core.open({ ...OWN_STOP, quantity: decimal(own) });
  return { core, inventory, stop, ...deskOf(core, canceledAtOnce(core)) };
}
const OWN_STOP = { type: 'stop_market', side: 'sell', price: null, stopPrice: decimal('90') } as const;

it.each(['stop_market', 'limit'] as const)(
  'a close leaves the sale of the inventory beside the position, and cancels the own stop alone: %s',
  async (type) => {
    const { core, inventory, stop, desk, context, quantities } = besideInventory({ type, quantity: '9' });
    const { canceled, stops } = await new Closer(context).close(desk, caller, wish());
    expect(core.status(inventory)).toBe('open');
    expect(canceled).toEqual([stop?.orderId]);
    expect(stops).toEqual([]);
    expect(quantities).toEqual(['2']);
  },
);

it('a close of a part leaves the stop of the inventory, and places the own one anew for what is left', async () => {
  const { core, inventory, stop, desk, context } = besideInventory({ type: 'stop_market', quantity: '9' });
  const wished = wish({ quantity: decimal('0.5') });
  const { stops } = await new Closer(context).close(desk, caller, wished);
  expect(core.status(inventory)).toBe('open');
  expect(stops).toMatchObject([{ canceled: stop?.orderId, restored: expect.any(String) as unknown }]);
  expect(stopsOf(core)).toEqual(['9', '1.5']);
});

it.each(['stop_market', 'limit'] as const)(
  'an order for the inventory that a close needs the coins of is placed anew with its size: %s',
  async (type) => {
    // Half a coin was taken out of the account: 10.5 are there, 9 of them locked.
    const { core, inventory, desk, context } = besideInventory({ type, quantity: '9' }, null);
    core.balances([balanceReport('spot', 'BTC', '10.5')]);
    const { canceled, stops } = await new Closer(context).close(desk, caller, wish());
    expect(canceled).toEqual([inventory.orderId]);
    expect(stops).toMatchObject([{ canceled: inventory.orderId, restored: expect.any(String) as unknown }]);
    const [{ quantity } = { quantity: null }, ...others] = [...core.state.unfinished.values()];
    expect([quantity?.toString(), others]).toEqual(['8.5', []]);
  },
);

it('one stop for inventory and position is placed anew without what the close sold', async () => {
  const { core, desk, context, kept } = besideInventory({ type: 'stop_market', quantity: '0.5' }, '10.5');
  const { stops } = await new Closer(context).close(desk, caller, wish());
  expect(stops).toHaveLength(1);
  expect(stopsOf(core)).toEqual(['0.5', '8.5']);
  expect(kept.map(({ beside }) => [beside?.ofThisStop.toString(), beside?.ofAllStops.toString()])).toEqual([
    ['8.5', '9'],
  ]);
});

it('a close that is refused puts every stop back that it canceled, each with its own size', async () => {
  const core = CoreDesk.funded('1000000', '9');
  core.hold(SPOT, '2');
  for (const [quantity, price] of [
    ['9.5', '70'],
    ['1', '90'],
  ] as const)
    core.open({ ...OWN_STOP, stopPrice: decimal(price), quantity: decimal(quantity) });
  const { desk, context } = deskOf(core, canceledAtOnce(core));
  const place = desk.orders.place.bind(desk.orders);
  const orders = {
    ...desk.orders,
    place: async (intent: PlaceIntent) => {
      if (intent.type === 'market') throw new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
      return place(intent);
    },
  };
  await expect(new Closer(context).close({ ...desk, orders }, caller, wish())).rejects.toBeDefined();
  expect(stopsOf(core).toSorted((one, other) => Number(one) - Number(other))).toEqual(['1', '9.5']);
});

it('a close that is refused puts the own stop back and names what was canceled, beside a stop of the inventory', async () => {
  const { core, stop, desk, context } = besideInventory({ type: 'stop_market', quantity: '9' });
  const place = desk.orders.place.bind(desk.orders);
  const orders = {
    ...desk.orders,
    place: async (intent: PlaceIntent) => {
      if (intent.type === 'market') throw new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
      return place(intent);
    },
  };
  await expect(new Closer(context).close({ ...desk, orders }, caller, wish())).rejects.toMatchObject({
    figures: { canceled_order_ids: [stop?.orderId], restored_order_ids: [expect.any(String)] },
  });
  expect(stopsOf(core)).toEqual(['9', '2']);
});
