/**
 * Trades with a released service so that its directory holds every form that it can write: orders of every kind and end,
 * positions both ways with a profit and a loss, limits, the kill switch, drift, funding, a simulator that began anew, and a
 * history long enough for snapshots and for orders that have left memory.
 *
 * Entry points: `tradeInFormerGeneration`, `tradeEverything`, `tradeHedged`, `tradeALot`.
 */
import type { Api, ApiOrder } from '../acceptance/api.ts';
import type { Control } from '../acceptance/control.ts';
import { until } from '../acceptance/until.ts';
import { ownKeysTrader } from '../acceptance/venue-trader.ts';

export const SPOT = 'BTC/USDT';
export const SWAP = 'BTC/USDT:USDT';
const OTHER_SPOT = 'ETH/USDT';
const OTHER_SWAP = 'ETH/USDT:USDT';
const CALLERS = 16;

type Body = Readonly<Record<string, unknown>>;

/** Orders by what they are examples of. */
export type Examples = Record<string, string>;

/** Pinned, so that figures at the market do not change from one reading to the next. */
export async function pinPrices(control: Control): Promise<void> {
  for (const [symbol, price] of [
    [SPOT, '60000'],
    [SWAP, '60000'],
    [OTHER_SPOT, '3000'],
    [OTHER_SWAP, '3000'],
  ] as const)
    await control.price(symbol, price);
}

async function place(api: Api, kind: string, symbol: string, body: Body, status: string): Promise<ApiOrder> {
  const answer = await api.place(kind, { exchange: 'binance', symbol, ...body });
  if (answer.kind === 'problem' && answer.problem.order_id !== undefined) {
    const order = await api.order(answer.problem.order_id);
    if (order?.status === status) return order;
  }
  if (answer.kind !== 'order' || answer.order.status !== status)
    throw new Error(
      `${kind} ${symbol} ${JSON.stringify(body)} should be ${status}: ${JSON.stringify(answer)}`,
    );
  return answer.order;
}

async function done(api: Api, method: string, path: string, body?: Body): Promise<unknown> {
  const { status, body: answer } = await api.ask(
    method,
    path,
    body === undefined ? undefined : JSON.stringify(body),
  );
  if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Some orders, and then the simulator begins anew: their venue ids, positions and balances are of a former generation. */
export async function tradeInFormerGeneration(api: Api, control: Control): Promise<void> {
  await place(api, 'market', SPOT, { side: 'buy', quantity: '0.01' }, 'filled');
  await place(api, 'market', SWAP, { side: 'sell', quantity: '0.02' }, 'filled');
  await place(api, 'limit', SPOT, { side: 'buy', quantity: '0.01', price: '50000' }, 'open');
  await control.reset();
  await pinPrices(control);
  await until('the account has begun anew', async () => (await api.positions()).length === 0, 60_000);
  await until('the new balances are known', async () => (await api.balances()).length > 0, 60_000);
  await ordersPass(api);
}

/** After a start or a reset of the exchange, its account is not reached at once. */
async function ordersPass(api: Api): Promise<void> {
  await until(
    'orders pass',
    async () => {
      const answer = await api.place('market', {
        exchange: 'binance',
        symbol: SPOT,
        side: 'buy',
        quantity: '0.001',
      });
      return answer.kind === 'order' && answer.order.status === 'filled';
    },
    60_000,
  );
}

export async function tradeEverything(api: Api, control: Control): Promise<Examples> {
  const examples: Examples = {};
  const keep = async (name: string, placed: Promise<ApiOrder>): Promise<void> => {
    examples[name] = (await placed).id;
  };
  await done(api, 'PUT', '/risk/limits', {
    scope: 'portfolio',
    version: 0,
    reason: 'a line to sail by',
    limits: { max_order_notional: '500000', price_collar_bps: 900 },
  });
  await done(api, 'PUT', '/risk/limits', {
    scope: 'instrument',
    exchange: 'binance',
    symbol: OTHER_SPOT,
    version: 0,
    reason: 'less of this one',
    limits: { max_order_quantity: '50' },
  });
  await done(api, 'PUT', '/trading/v2/leverage', { exchange: 'binance', symbol: SWAP, leverage: 5 });
  // Positions with a profit and a loss, both ways.
  await keep(
    'market',
    place(api, 'market', SPOT, { side: 'buy', quantity: '0.5', strategy: 'carry' }, 'filled'),
  );
  await keep('cost', place(api, 'market', OTHER_SPOT, { side: 'buy', cost: '9000' }, 'filled'));
  await keep('swap_long', place(api, 'market', SWAP, { side: 'buy', quantity: '0.3' }, 'filled'));
  await keep('swap_short', place(api, 'market', OTHER_SWAP, { side: 'sell', quantity: '4' }, 'filled'));
  for (const symbol of [SPOT, SWAP]) await control.price(symbol, '60600');
  for (const symbol of [OTHER_SPOT, OTHER_SWAP]) await control.price(symbol, '2940');
  await keep('profit', place(api, 'market', SPOT, { side: 'sell', quantity: '0.2' }, 'filled'));
  await keep('loss', place(api, 'market', OTHER_SPOT, { side: 'sell', quantity: '1' }, 'filled'));
  await done(api, 'POST', `/trading/v2/positions/${encodeURIComponent(SWAP)}/close`, {
    exchange: 'binance',
    quantity: '0.1',
  });
  await done(api, 'POST', `/trading/v2/positions/${encodeURIComponent(OTHER_SWAP)}/close`, {
    exchange: 'binance',
    fraction: '0.25',
  });
  await control.funding(SWAP, '0.0003');
  // Orders in every way of ending.
  const resting = await place(api, 'limit', SPOT, { side: 'buy', quantity: '0.01', price: '56000' }, 'open');
  await keep('canceled', Promise.resolve(resting));
  await done(api, 'DELETE', `/trading/v2/orders/${resting.id}`);
  await keep(
    'rejected',
    place(api, 'limit', SPOT, { side: 'buy', quantity: '0.01', price: '61000', post_only: true }, 'rejected'),
  );
  await keep('denied', place(api, 'market', SPOT, { side: 'buy', quantity: '9' }, 'denied'));
  await keep(
    'expired',
    place(
      api,
      'limit',
      SPOT,
      { side: 'buy', quantity: '0.01', price: '56000', time_in_force: 'IOC' },
      'expired',
    ),
  );
  await keep(
    'fill_or_kill',
    place(
      api,
      'limit',
      SWAP,
      { side: 'sell', quantity: '0.01', price: '62000', time_in_force: 'FOK' },
      'expired',
    ),
  );
  // Stops: triggered on spot and on the swap, then open ones.
  await keep(
    'triggered',
    place(api, 'stop', SPOT, { side: 'sell', quantity: '0.01', stop_price: '60000' }, 'open'),
  );
  await keep(
    'swap_triggered',
    place(
      api,
      'stop',
      SWAP,
      { side: 'sell', quantity: '0.01', stop_price: '60000', reduce_only: true },
      'open',
    ),
  );
  for (const symbol of [SPOT, SWAP]) await control.price(symbol, '59800');
  for (const name of ['triggered', 'swap_triggered'])
    await until(
      `${name}: filled`,
      async () => (await api.order(examples[name] ?? ''))?.status === 'filled',
      60_000,
    );
  await keep(
    'open_stop',
    place(api, 'stop', SPOT, { side: 'sell', quantity: '0.02', stop_price: '50000' }, 'open'),
  );
  await keep(
    'open_stop_limit',
    place(api, 'stop', SPOT, { side: 'sell', quantity: '0.02', stop_price: '49000', price: '48900' }, 'open'),
  );
  await keep(
    'open_swap_stop',
    place(
      api,
      'stop',
      SWAP,
      { side: 'sell', quantity: '0.05', stop_price: '50000', trigger: 'mark', reduce_only: true },
      'open',
    ),
  );
  // Open limits, one with an id of the caller's, one changed, some of a batch.
  await keep(
    'open_limit',
    place(
      api,
      'limit',
      SPOT,
      { side: 'buy', quantity: '0.02', price: '50000', client_order_id: 'mine-1' },
      'open',
    ),
  );
  await keep(
    'open_swap_limit',
    place(api, 'limit', SWAP, { side: 'buy', quantity: '0.02', price: '57500' }, 'open'),
  );
  const before = await place(api, 'limit', SPOT, { side: 'buy', quantity: '0.03', price: '51000' }, 'open');
  const changed = (await done(api, 'PATCH', `/trading/v2/orders/${before.id}`, { price: '51500' })) as {
    readonly order: { readonly id: string };
  };
  examples['replaced'] = before.id;
  examples['changed'] = changed.order.id;
  await done(api, 'POST', '/trading/v2/orders/batch', {
    orders: [
      { type: 'limit', exchange: 'binance', symbol: OTHER_SPOT, side: 'buy', quantity: '0.5', price: '2500' },
      {
        type: 'limit',
        exchange: 'binance',
        symbol: OTHER_SWAP,
        side: 'sell',
        quantity: '0.5',
        price: '3050',
      },
      { type: 'market', exchange: 'binance', symbol: OTHER_SPOT, side: 'buy', quantity: '80' },
    ],
  });
  // The kill switch, engaged and released.
  await done(api, 'POST', '/risk/kill-switch', { engaged: true, reason: 'a drill', cancel_orders: false });
  await keep('denied_by_switch', place(api, 'market', SPOT, { side: 'buy', quantity: '0.01' }, 'denied'));
  await done(api, 'POST', '/risk/kill-switch', { engaged: false, reason: 'the drill is over' });
  // Somebody else on the same keys: a case that stays open, and one that is resolved.
  const outside = await ownKeysTrader(control);
  await outside.place({ side: 'BUY', quantity: '0.004', price: '45000' });
  await outside.place({ side: 'BUY', quantity: '0.003' });
  await until(
    'both are drift',
    async () => new Set((await api.drift()).map(({ kind }) => kind)).size === 2,
    60_000,
  );
  const fill = (await api.drift()).find(({ kind }) => kind === 'external_fill');
  await done(api, 'POST', `/drift/${encodeURIComponent(fill?.id ?? '')}/resolve`, {
    resolution: 'bought by hand',
  });
  return examples;
}

/**
 * An account of its own in hedged mode: both sides of one swap open, a stop on each, and a part of one closed. Nothing where the
 * release has no position modes yet.
 */
export async function tradeHedged(api: Api): Promise<Examples> {
  const added = await api.ask(
    'POST',
    '/accounts',
    JSON.stringify({ exchange: 'binance', mode: 'paper', label: 'hedged' }),
  );
  const { id: account } = added.body as { readonly id: string };
  const mode = JSON.stringify({ exchange: 'binance', account, position_mode: 'hedged' });
  const set = async (): Promise<number> => (await api.ask('PUT', '/trading/v2/position-mode', mode)).status;
  if ((await set()) === 404) return {};
  await until('the account is in hedged mode', async () => (await set()) === 200, 60_000);
  const examples: Examples = {};
  for (const [name, kind, body, status] of [
    ['hedged_long', 'market', { side: 'buy', position_side: 'long', quantity: '2' }, 'filled'],
    ['hedged_short', 'market', { side: 'sell', position_side: 'short', quantity: '1' }, 'filled'],
    ['hedged_reduced', 'market', { side: 'sell', position_side: 'long', quantity: '0.5' }, 'filled'],
    [
      'hedged_long_stop',
      'stop',
      { side: 'sell', position_side: 'long', quantity: '1', stop_price: '2000' },
      'open',
    ],
    [
      'hedged_short_stop',
      'stop',
      { side: 'buy', position_side: 'short', quantity: '1', stop_price: '4000' },
      'open',
    ],
  ] as const)
    examples[name] = (await place(api, kind, OTHER_SWAP, { account, ...body }, status)).id;
  return examples;
}

/** So many small orders: half of them trade, half are canceled. */
export async function tradeALot(api: Api, orders: number): Promise<void> {
  await ordersPass(api);
  let left = orders;
  const caller = async (number: number): Promise<void> => {
    for (let count = 0; left > 0; count += 1) {
      left -= 1;
      const side = (count + number) % 2 === 0 ? 'buy' : 'sell';
      if ((count >> 1) % 2 === 0) {
        await place(api, 'market', SPOT, { side, quantity: '0.001' }, 'filled');
        continue;
      }
      const price = side === 'buy' ? '55000' : '65000';
      const { id } = await place(api, 'limit', SPOT, { side, quantity: '0.001', price }, 'open');
      await done(api, 'DELETE', `/trading/v2/orders/${id}`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)));
}
