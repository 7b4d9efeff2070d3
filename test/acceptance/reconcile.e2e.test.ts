/** I2, I4: with events in any order, and with any trading of others on the account, the books equal the venue's. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiDrift, ApiOrder } from './api.ts';
import { audit, untilBooksAgree } from './audit.ts';
import type { ControlOrder } from './control.ts';
import { until } from './until.ts';
import { counterparty, ownKeysTrader } from './venue-trader.ts';
import { openWorld, type World } from './world.ts';

/** An interval of reconciliation, look-ups, and room for a busy machine. */
const SETTLES_WITHIN_MS = 60_000;
/** Between the bid and the offer of the pinned market: an order there is the first to trade. */
const INSIDE = '60000';
const SWAP = 'BTC/USDT:USDT';

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function opened(): Promise<World> {
  world = await openWorld();
  return world;
}

describe('events out of order', () => {
  it.each(['at the venue', 'in the books'])(
    'killed between send and ack, with the fill %s already: one order, filled, once',
    async (where) => {
      const { api, control, service, restart } = await opened();
      await control.fault({ kind: 'delay_response', route: 'create_order', count: 1, delay_ms: 20_000 });
      const answer = api.place('market', { ...order('buy'), client_order_id: 'acked-late', wait_ms: 30_000 });
      await until('the venue has filled it', async () => (await control.fills()).length > 0);
      if (where === 'in the books')
        await until('the fill is booked', async () => (await api.fills()).length > 0);
      // A booked fill finishes the order, and answers the caller that waits for it, without any ack.
      if (where === 'in the books')
        expect(await answer).toMatchObject({ kind: 'order', status: 201, order: { status: 'filled' } });
      await service().killGroup();
      if (where === 'at the venue') expect((await answer).kind).toBe('lost');
      await control.heal();
      await restart();
      const { orders, venueOrders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS);
      expect(orders.map(({ client_order_id: id, status }) => [id, status])).toEqual([
        ['acked-late', 'filled'],
      ]);
      expect(venueOrders.length).toBe(1);
      const again = await api.place('market', {
        ...order('buy'),
        client_order_id: 'acked-late',
        wait_ms: 30_000,
      });
      expect(again).toMatchObject({
        kind: 'order',
        status: 200,
        replayed: true,
        order: { status: 'filled' },
      });
      expect((await control.orders()).length).toBe(1);
    },
    180_000,
  );

  it('a fill that comes after the cancel is booked all the same', async () => {
    const { api, control } = await opened();
    const other = await counterparty(control);
    const resting = await rest('buy', INSIDE);
    await control.fault({ kind: 'ws_drop', route: 'private_stream' });
    await control.fault({ kind: 'http_error', route: 'fills', count: 3, status: 503 });
    await other.place({ side: 'SELL', quantity: '0.0004' });
    const canceled = await api.cancel(resting.id, 20_000);
    expect(canceled).toMatchObject({ kind: 'order', order: { id: resting.id } });
    await control.heal();
    const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS, { isExternal: isCounterparty });
    expect(orders).toMatchObject([{ status: 'canceled', filled_quantity: '0.0004', fills_count: 1 }]);
  }, 180_000);

  it.each(['ws_drop', 'ws_disconnect'])(
    'fills that %s kept from the stream are found and booked once',
    async (kind) => {
      const { api, control } = await opened();
      const other = await counterparty(control);
      const bid = await rest('buy', INSIDE);
      await control.fault({ kind, route: 'private_stream' });
      await other.place({ side: 'SELL', quantity: '0.0003' });
      await other.place({ side: 'SELL', quantity: '0.0002' });
      const offer = await rest('sell', '61000');
      await control.price('BTC/USDT', '61050', true);
      await until('the venue has filled the offer', async () => {
        const row = (await control.orders()).find(
          ({ client_order_id: id }) => id === offer.venue_client_order_id,
        );
        return row?.status === 'filled';
      });
      // Some are found while the stream is still silent: polling does not wait for it.
      await until(
        'the books show it',
        async () => (await api.order(offer.id))?.status === 'filled',
        SETTLES_WITHIN_MS,
      );
      await control.heal();
      const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS, {
        isExternal: isCounterparty,
      });
      expect(orders.find(({ id }) => id === bid.id)).toMatchObject({
        status: 'partially_filled',
        filled_quantity: '0.0005',
        fills_count: 2,
      });
    },
    180_000,
  );
});

describe('trading of others on the account', () => {
  it('an external order is shown as drift and never adopted', async () => {
    const { api, control } = await opened();
    const external = await ownKeysTrader(control);
    await rest('buy', '57000');
    const { venueOrderId } = await external.place({ side: 'BUY', quantity: '0.002', price: '55000' });
    const drift = await untilDrift('external_order');
    expect(drift.symbol).toBe('BTC/USDT');
    // The audit itself reports the external order as unknown to the API.
    expect((await audit(api, control)).differences).toContainEqual(
      expect.stringContaining('unknown to the API'),
    );
    const isExternal = (row: ControlOrder): boolean => row.venue_order_id === venueOrderId;
    const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS, {
      isExternal,
      driftExpected: true,
    });
    expect(orders.length).toBe(1);
    // Cancel all means ours.
    expect((await api.ask('DELETE', '/trading/v2/orders?all=true')).status).toBe(200);
    expect((await control.orders()).find(isExternal)?.status).toBe('open');
    // Unless others are asked for: then the answer names what was canceled, and the journal who wanted it.
    const swept = await api.ask('DELETE', '/trading/v2/orders?all=true&include_external=true');
    expect(swept).toMatchObject({
      status: 200,
      body: {
        results: [
          { external: { venue_order_id: venueOrderId, side: 'buy', price: '55000' }, outcome: 'canceled' },
        ],
      },
    });
    expect((await control.orders()).find(isExternal)?.status).toBe('canceled');
    await untilBooksAgree(api, control, SETTLES_WITHIN_MS, { isExternal, driftExpected: true });
  }, 180_000);

  it('a trade of our order with an external order on the same account: both sides of one trade id', async () => {
    const { api, control } = await opened();
    const external = await ownKeysTrader(control);
    const bid = await rest('buy', INSIDE);
    const { venueOrderId } = await external.place({ side: 'SELL', quantity: '0.001', price: INSIDE });
    const isExternal = (row: ControlOrder): boolean => row.venue_order_id === venueOrderId;
    const traded = (await control.fills()).filter(({ symbol }) => symbol === 'BTC/USDT');
    expect(new Set(traded.map(({ trade_id: id }) => id)).size).toBe(1);
    expect(traded.length).toBe(2);
    await untilDrift('external_fill');
    const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS, {
      isExternal,
      driftExpected: true,
    });
    expect(orders).toMatchObject([
      { id: bid.id, status: 'filled', filled_quantity: '0.001', fills_count: 1 },
    ]);
  }, 180_000);

  it("a change that no record of the venue explains is shown as drift, with both figures, and the venue's is taken", async () => {
    const { api, control } = await opened();
    await api.place('market', order('buy'));
    const before = (await api.balances()).find(({ asset, wallet }) => asset === 'USDT' && wallet === 'spot');
    await control.adjust('USDT', '1234.5');
    const drift = await untilDrift('balance');
    expect(drift.ours).toBe(before?.total);
    expect(Number(drift.theirs) - Number(drift.ours)).toBeCloseTo(1_234.5, 6);
    await untilBooksAgree(api, control, SETTLES_WITHIN_MS, { driftExpected: true });
  }, 180_000);
});

it('a stop on a swap triggers while the service is dead: the position it protected is closed in the books too', async () => {
  const { api, control, service, restart } = await opened();
  const swap = { ...order('buy'), symbol: SWAP, quantity: '0.01' };
  expect(await api.place('market', swap)).toMatchObject({ kind: 'order', order: { status: 'filled' } });
  const stop = await api.place('stop', {
    ...swap,
    side: 'sell',
    stop_price: '59000',
    trigger: 'last',
    reduce_only: true,
  });
  expect(stop).toMatchObject({ kind: 'order', order: { status: 'open' } });
  await service().killGroup();
  await control.price(SWAP, '58900', true);
  await until('the venue has closed the position', async () => (await control.positions()).length === 0);
  await restart();
  const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS);
  expect(orders.map(({ status }) => status)).toEqual(['filled', 'filled']);
  expect(await api.positions()).toEqual([]);
}, 180_000);

function order(side: 'buy' | 'sell'): Record<string, unknown> {
  return { exchange: 'binance', symbol: 'BTC/USDT', side, quantity: '0.001' };
}

async function rest(side: 'buy' | 'sell', price: string): Promise<ApiOrder> {
  const answer = await of(world).api.place('limit', { ...order(side), price });
  if (answer.kind !== 'order' || answer.order.status !== 'open')
    throw new Error(`does not rest: ${JSON.stringify(answer)}`);
  return answer.order;
}

async function untilDrift(kind: string): Promise<ApiDrift> {
  let found: ApiDrift | undefined;
  await until(
    `there is a drift case ${kind}`,
    async () => {
      found = (await of(world).api.drift()).find((row) => row.kind === kind);
      return found !== undefined;
    },
    SETTLES_WITHIN_MS,
  );
  if (found === undefined) throw new Error('found and gone');
  return found;
}

function isCounterparty(row: ControlOrder): boolean {
  return row.account_id === 'counterparty';
}

function of(open: World | undefined): World {
  if (open === undefined) throw new Error('no world is open');
  return open;
}
