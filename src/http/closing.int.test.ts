/** Closes that one order cannot carry out, and closes beside an order that can never be proven: the whole service. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

/** The largest order is 9,000,000, at the market or with a limit; 1,890 USDT. */
const SPOT = '1000SATS/USDT';
/** The largest order is 9,000,000,000 with a limit and 1,800,000,000 at the market; 36,000 USDT. */
const SWAP = '1000SATS/USDT:USDT';

interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly quantity: string;
}

type Placed = { readonly order: OrderRow } | { readonly error: { readonly code: string } };

let service: TestService;
beforeAll(async () => {
  service = await startService();
  for (const [symbol, price] of [
    [SPOT, '0.00021'],
    [SWAP, '0.00002'],
    ['ETH/USDT', '3000'],
    ['ETH/USDT:USDT', '3000'],
  ])
    await service.control('POST', 'binance/price', { symbol, price, hold: true });
});
afterAll(() => service.stop());
afterEach(() => service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'over' } }));

const post = (path: string, body: object, key?: string): Promise<Answer> =>
  service.call('POST', path, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });

const pathOf = (symbol: string): string => symbol.replace('/', '-');

async function buy(symbol: string, quantities: readonly string[]): Promise<void> {
  for (const quantity of quantities)
    expect(
      await post('/trading/v2/orders/market', { exchange: 'binance', symbol, side: 'buy', quantity }),
    ).toMatchObject({ status: 201, body: { status: 'filled' } });
}

async function held(symbol: string): Promise<string | null> {
  const { body } = await service.call('GET', '/trading/v2/positions');
  const rows = body['positions'] as { symbol: string; quantity: string }[];
  return rows.find((row) => row.symbol === symbol)?.quantity ?? null;
}

function ordersOf(placed: readonly Placed[]): readonly OrderRow[] {
  return placed.map((one) => {
    if ('order' in one) return one.order;
    throw new Error(one.error.code);
  });
}

/** Every order that an answer to a close shows. */
const shown = (body: Record<string, unknown>): readonly OrderRow[] => [
  body as unknown as OrderRow,
  ...ordersOf((body['further'] ?? []) as Placed[]),
];

describe.each([
  // The fee of a purchase on spot is paid in the coin: 0.1 % of it.
  [SPOT, ['9000000', '9000000', '9000000'], ['9000000', '8986500', '8986500']],
  [SWAP, ['2000000000', '1000000000'], ['1500000000', '1500000000']],
] as const)('a position on %s that is larger than the largest order', (symbol, bought, closed) => {
  it('is closed in several orders, and a repeat shows the same ones', async () => {
    await buy(symbol, bought);
    const path = `/trading/v2/positions/${pathOf(symbol)}/close`;
    const answer = await post(path, { exchange: 'binance' }, `close-${symbol.length}`);
    expect(answer).toMatchObject({ status: 201 });
    expect(shown(answer.body).map(({ quantity, status }) => [quantity, status])).toEqual(
      closed.map((quantity) => [quantity, 'filled']),
    );
    expect(await held(symbol)).toBe(null);
    const before = await service.ordersAtVenue();
    const repeat = await post(path, { exchange: 'binance' }, `close-${symbol.length}`);
    expect(repeat.status).toBe(200);
    expect(shown(repeat.body).map(({ id }) => id)).toEqual(shown(answer.body).map(({ id }) => id));
    expect(await service.ordersAtVenue()).toBe(before);
  });

  it('is closed by orders that no key of a caller can stand for', async () => {
    await buy(symbol, bought);
    const key = `mine-${symbol.length}`;
    // Orders of the caller's own, with the content of the close: the second and third key of its parts, were they within reach.
    const path = `/trading/v2/positions/${pathOf(symbol)}/close`;
    const own = await Promise.all(
      ['02', '03'].map((part) =>
        post(
          `/trading/v2/orders/market`,
          { exchange: 'binance', symbol, side: 'buy', quantity: '9000000' },
          `${key}/${part}`,
        ),
      ),
    );
    expect(own.map(({ status }) => status)).toEqual([201, 201]);
    const answer = await post(path, { exchange: 'binance' }, key);
    expect(answer).toMatchObject({ status: 201 });
    expect(shown(answer.body).every(({ status }) => status === 'filled')).toBe(true);
    expect(await held(symbol)).toBe(null);
  });

  it('is closed with all others, and a repeat shows the same orders', async () => {
    await buy(symbol, bought);
    const answers = [
      await post('/trading/v2/positions/close', { all: true }, `all-${symbol.length}`),
      await post('/trading/v2/positions/close', { all: true }, `all-${symbol.length}`),
    ];
    for (const { body } of answers) {
      const [result, ...others] = body['results'] as readonly (Placed & { further?: Placed[] })[];
      expect(others).toEqual([]);
      expect(
        ordersOf([...(result === undefined ? [] : [result]), ...(result?.further ?? [])]).map(
          ({ quantity, status }) => [quantity, status],
        ),
      ).toEqual(closed.map((quantity) => [quantity, 'filled']));
    }
    expect(await held(symbol)).toBe(null);
  });

  it('is closed by the kill switch', async () => {
    await buy(symbol, bought);
    const { body } = await post('/risk/kill-switch', { engaged: true, reason: 'out', flatten: true });
    expect(ordersOf(body['closing'] as Placed[]).map(({ quantity, status }) => [quantity, status])).toEqual(
      closed.map((quantity) => [quantity, 'filled']),
    );
    expect(body['positions_left']).toEqual([]);
  });
});

describe.each(['ETH/USDT', 'ETH/USDT:USDT'])('a close of %s that can never be proven', (symbol) => {
  it('does not deny the next', { timeout: 90_000 }, async () => {
    await buy(symbol, ['0.1']);
    const path = `/trading/v2/positions/${pathOf(symbol)}/close`;
    // The venue says that it knows the client id, and shows no such order.
    await service.control('POST', 'binance/faults', {
      kind: 'http_error',
      route: 'create_order',
      status: 400,
      count: 1,
      ...(symbol === 'ETH/USDT'
        ? { code: -2010, message: 'Duplicate order sent.' }
        : { code: -4116, message: 'ClientOrderId is duplicated.' }),
    });
    expect(await post(path, { exchange: 'binance', wait_ms: 0 })).toMatchObject({ status: 202 });
    const key = `once-it-can-${symbol.length}`;
    expect(await post(path, { exchange: 'binance' }, key)).toMatchObject({
      status: 409,
      body: { code: 'position_closing' },
    });
    await expect
      .poll(
        async () => {
          const { body } = await service.call('GET', '/drift');
          return (body['drift'] as { kind: string; symbol: string }[])
            .filter((row) => row.symbol === symbol)
            .map(({ kind }) => kind);
        },
        { timeout: 60_000, interval: 500 },
      )
      .toContain('unprovable_order');
    // The orders in the way are done with: the same key closes now.
    const again = await post(path, { exchange: 'binance' }, key);
    expect(shown(again.body).map(({ status }) => status)).toEqual(['filled']);
  });
});
