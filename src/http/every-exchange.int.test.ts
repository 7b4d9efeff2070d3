/** The same calls at every exchange that is supported, over a real socket, an engine, PostgreSQL and the simulated venues. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountId } from '../core/ids.ts';
import { capabilitiesOf, SUPPORTED_VENUES } from '../venues/registry.ts';
import type { OrderView } from './views/order.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const KINDS = ['spot', 'linear_swap'] as const;
const SYMBOLS = { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' } as const;
/** How long a comparison may take, in milliseconds. */
const READ_WITHIN_MS = 20_000;

type Exchange = (typeof SUPPORTED_VENUES)[number];

/** Some have spot alone. */
const kindsOf = (exchange: Exchange) => KINDS.filter((kind) => capabilitiesOf(exchange).kinds[kind] !== null);
const symbolsOf = (exchange: Exchange): readonly string[] => kindsOf(exchange).map((kind) => SYMBOLS[kind]);
const WITH_SWAPS = SUPPORTED_VENUES.filter((exchange) => kindsOf(exchange).includes('linear_swap'));
const HEDGING = WITH_SWAPS.filter((exchange) =>
  capabilitiesOf(exchange).kinds.linear_swap?.positionModes.includes('hedged'),
);

const hasStops = (exchange: Exchange): boolean =>
  capabilitiesOf(exchange).kinds.linear_swap?.nativeStops === true;

/** How long the service with all simulated exchanges may take to start, in milliseconds. */
const START_WITHIN_MS = 180_000;

let service: TestService;

async function untilKnown(exchange: Exchange): Promise<void> {
  const { books } = service.desk;
  while ((await books.account(accountId(`${exchange}-paper`)))?.account.balancesKnown !== true)
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
}

beforeAll(async () => {
  service = await startService({}, { exchanges: SUPPORTED_VENUES });
  for (const venue of SUPPORTED_VENUES)
    for (const symbol of symbolsOf(venue))
      await service.control('POST', `${venue}/price`, { symbol, price: '60000', hold: true });
  // The start waits for the first account alone.
  for (const venue of SUPPORTED_VENUES) await untilKnown(venue);
}, START_WITHIN_MS);
afterAll(() => service.stop());

const post = (path: string, body: object): Promise<Answer> => service.call('POST', path, { body });

/** The order of an answer, which has to be one. */
function placed(answer: Answer): OrderView {
  if (answer.status !== 201) expect.fail(JSON.stringify(answer.body));
  return answer.body as unknown as OrderView;
}

async function openOrders(exchange: string): Promise<readonly OrderView[]> {
  const { body } = await service.call('GET', `/trading/v2/orders/open?exchange=${exchange}`);
  return body['orders'] as OrderView[];
}

it('GET /exchanges says which are supported, each with its paper account', async () => {
  const { body } = await service.call('GET', '/exchanges');
  const exchanges = body['exchanges'] as { exchange: string; supported: boolean; accounts: unknown[] }[];
  const supported = exchanges.filter((one) => one.supported);
  expect(supported.map(({ exchange }) => exchange)).toEqual([...SUPPORTED_VENUES]);
  for (const { exchange, accounts } of supported)
    expect(accounts).toMatchObject([{ account: `${exchange}-paper`, mode: 'paper', is_default: true }]);
});

describe.each(SUPPORTED_VENUES)('%s', (exchange) => {
  describe.each(kindsOf(exchange))('%s', (kind) => {
    const of = { exchange, symbol: SYMBOLS[kind] };
    const kindCapabilities = capabilitiesOf(exchange).kinds[kind];

    it('shows a price and fills a market order, which is protected', async () => {
      const symbol = encodeURIComponent(of.symbol);
      const ticker = await service.call('GET', `/market/ticker?exchange=${exchange}&symbol=${symbol}`);
      expect(ticker).toMatchObject({ status: 200, body: { symbol: of.symbol } });
      const order = placed(await post('/trading/v2/orders/market', { ...of, side: 'buy', quantity: '0.01' }));
      expect(order).toMatchObject({ status: 'filled', filled_quantity: '0.01' });
    });

    it('gives candles of every length that it says it has', async () => {
      const intervals = kindCapabilities?.marketData.candleIntervals ?? [];
      expect(intervals.length).toBeGreaterThan(5);
      for (const interval of intervals) {
        const query = `exchange=${exchange}&symbol=${encodeURIComponent(of.symbol)}&interval=${interval}`;
        const candles = await service.call('GET', `/market/candles?${query}`);
        expect(candles, interval).toMatchObject({ status: 200 });
      }
    });

    it('ends what cannot be filled at once as expired', async () => {
      const far = { ...of, side: 'buy', quantity: '0.01', price: '59500', time_in_force: 'IOC' };
      expect(await post('/trading/v2/orders/limit', far)).toMatchObject({
        status: 201,
        body: { status: 'expired', filled_quantity: '0', reason: { code: 'expired' } },
      });
    });

    it('rests a limit order and cancels it', async () => {
      const order = placed(
        await post('/trading/v2/orders/limit', { ...of, side: 'buy', quantity: '0.01', price: '59500' }),
      );
      expect(order.status).toBe('open');
      expect((await openOrders(exchange)).map(({ id }) => id)).toContain(order.id);
      const canceled = await service.call('DELETE', `/trading/v2/orders/${order.id}`);
      expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled' } });
    });

    it.skipIf(kindCapabilities?.nativeStops !== true)('rests a stop, and it ends in a fill', async () => {
      const stop = placed(
        await post('/trading/v2/orders/stop', {
          ...of,
          side: 'sell',
          quantity: '0.005',
          stop_price: '59000',
        }),
      );
      expect(stop.status).toBe('open');
      try {
        await service.control('POST', `${exchange}/price`, {
          symbol: of.symbol,
          price: '58900',
          hold: true,
        });
        await expect
          .poll(async () => (await service.call('GET', `/trading/v2/orders/${stop.id}/status`)).body, {
            timeout: 20_000,
          })
          .toMatchObject({ status: 'filled', filled_quantity: '0.005' });
      } finally {
        await service.control('POST', `${exchange}/price`, {
          symbol: of.symbol,
          price: '60000',
          hold: true,
        });
      }
    });

    it('closes what it has', async () => {
      const path = `/trading/v2/positions/${encodeURIComponent(of.symbol)}/close`;
      // Where a test has moved the price, a close may still go by the one before, and is refused then.
      await expect
        .poll(async () => (await post(path, { exchange })).body, { timeout: 20_000 })
        .toMatchObject({ status: 'filled' });
    });
  });
});

/** Once every test above has left no position: the stop, or the target where there are no stops, has nothing else to wait for. */
it.each(WITH_SWAPS)('%s: an order that could only close a swap position ends with it', async (exchange) => {
  const of = { exchange, symbol: SYMBOLS.linear_swap };
  placed(await post('/trading/v2/orders/market', { ...of, side: 'buy', quantity: '0.01' }));
  const closes = { ...of, side: 'sell', quantity: '0.01', reduce_only: true };
  const order = placed(
    hasStops(exchange)
      ? await post('/trading/v2/orders/stop', { ...closes, stop_price: '59000' })
      : await post('/trading/v2/orders/limit', { ...closes, price: '61000' }),
  );
  const closed = await post(`/trading/v2/positions/${encodeURIComponent(of.symbol)}/close`, { exchange });
  expect(closed).toMatchObject({ status: 201, body: { status: 'filled' } });
  await expect
    .poll(async () => (await service.call('GET', `/trading/v2/orders/${order.id}`)).body, {
      timeout: 40_000,
    })
    .toMatchObject({ order: { status: 'canceled' } });
});

it.each(WITH_SWAPS)(
  '%s: a setting that it cannot have is refused here, and the answer says so',
  async (exchange) => {
    const put = (setting: string, body: object): Promise<Answer> =>
      service.call('PUT', `/trading/v2/${setting}`, { body: { exchange, ...body } });
    const notOffered = { status: 422, body: { code: 'setting_not_offered' } };
    const leverage = await put('leverage', { symbol: SYMBOLS.linear_swap, leverage: '1.234' });
    expect(leverage).toMatchObject(notOffered);
    expect(leverage.body['detail']).toMatch(/^leverage 1\.234 is .+; nothing was sent to /);
    if (HEDGING.includes(exchange)) return;
    const mode = await put('position-mode', { position_mode: 'hedged' });
    expect(mode).toMatchObject(notOffered);
    expect(mode.body['detail']).toBe(`position_mode: hedged is not offered on ${exchange}`);
  },
);

/** Of the finest quantity, at a price with all its digits: the amount has more digits than some exchanges move. */
it.each(SUPPORTED_VENUES)(
  '%s: what a spot trade costs is what the exchange moves, to the last digit',
  async (exchange) => {
    const account = accountId(`${exchange}-paper`);
    const listed = await service.call('GET', `/instruments?exchange=${exchange}`);
    const instruments = listed.body['instruments'] as { symbol: string; lot_size: string }[];
    const lot = instruments.find(({ symbol }) => symbol === SYMBOLS.spot)?.lot_size ?? '';
    // 0.12345678 of a lot of 0.00000001, 0.12345 of one of 0.00001.
    const quantity = '0.12345678'.slice(0, lot.length);
    const order = placed(
      await post('/trading/v2/orders/market', { exchange, symbol: SYMBOLS.spot, side: 'buy', quantity }),
    );
    expect(order).toMatchObject({ status: 'filled', filled_quantity: quantity });
    await service.desk.controls.readAnew([account], READ_WITHIN_MS);
    const { body: status } = await service.call('GET', '/risk/status');
    const ours = (status['unexplained'] as { account: string }[]).filter((one) => one.account === account);
    expect(ours).toEqual([]);
    const { body: shown } = await service.call('GET', '/drift?status=all');
    const cases = (shown['drift'] as { id: string; kind: string }[]).filter(({ id }) =>
      id.includes(`${account}:spot USDT`),
    );
    expect(cases).toEqual([]);
  },
);

it('one kill switch cancels and flattens at every exchange', async () => {
  for (const exchange of SUPPORTED_VENUES)
    for (const symbol of symbolsOf(exchange)) {
      placed(await post('/trading/v2/orders/market', { exchange, symbol, side: 'buy', quantity: '0.01' }));
      placed(
        await post('/trading/v2/orders/limit', {
          exchange,
          symbol,
          side: 'buy',
          quantity: '0.01',
          price: '59500',
        }),
      );
    }
  const { body: receipt } = await post('/risk/kill-switch', { engaged: true, reason: 'out', flatten: true });
  const expected = SUPPORTED_VENUES.flatMap(symbolsOf).length;
  expect(receipt).toMatchObject({ cancels_sent: expected, unconfirmed: [], unknown: [] });
  const closing = receipt['closing'] as { order?: OrderView }[];
  expect(closing.map(({ order }) => order?.status)).toEqual(Array.from({ length: expected }, () => 'filled'));
  await post('/risk/kill-switch', { engaged: false, reason: 'over' });
});

it.each(HEDGING)('%s: of a hedged swap the second side is opened beside the first', async (exchange) => {
  const market = { exchange, symbol: SYMBOLS.linear_swap };
  const position = `/trading/v2/positions/${encodeURIComponent(SYMBOLS.linear_swap)}`;
  const setMode = (mode: string): Promise<Answer> =>
    service.call('PUT', '/trading/v2/position-mode', { body: { exchange, position_mode: mode } });
  const open = async (side: 'buy' | 'sell', positionSide: 'long' | 'short'): Promise<void> => {
    const terms = { side, position_side: positionSide, quantity: '0.01' };
    expect(placed(await post('/trading/v2/orders/market', { ...market, ...terms })).status).toBe('filled');
    // By this comparison the exchange has shown what is open, and OKX and Bybit show nothing else.
    await service.desk.controls.readAnew([accountId(`${exchange}-paper`)], READ_WITHIN_MS);
  };
  expect(await setMode('hedged')).toMatchObject({ status: 200 });
  await open('buy', 'long');
  await open('sell', 'short');
  for (const side of ['long', 'short'])
    expect(await post(`${position}/close`, { exchange, position_side: side })).toMatchObject({
      status: 201,
    });
  expect(await setMode('one_way')).toMatchObject({ status: 200 });
});

it.each(SUPPORTED_VENUES)('%s: a deposit names the wallet as the balances do', async (exchange) => {
  const walletOf = (named: string): Promise<unknown> =>
    service
      .call('POST', `/accounts/${exchange}-paper/deposit`, {
        token: service.tokens.admin,
        body: { asset: 'USDT', amount: '1', wallet: named },
      })
      .then(({ status, body }) => (status === 201 ? body['wallet'] : body));
  const { body } = await service.call('GET', `/trading/v2/account/balance?exchange=${exchange}`);
  const wallets = (body['balances'] as { asset: string; wallet: string }[]).flatMap(({ asset, wallet }) =>
    asset === 'USDT' ? [wallet] : [],
  );
  for (const wallet of wallets) expect(await walletOf(wallet)).toBe(wallet);
  const isUnified = wallets.includes('unified');
  const others = { spot: 'spot', swap: WITH_SWAPS.includes(exchange) ? 'swap' : null, unified: null };
  for (const [named, wallet] of Object.entries(others)) {
    const answer = expect(await walletOf(named), named);
    if (isUnified || wallet !== null) answer.toBe(isUnified ? 'unified' : wallet);
    else answer.toMatchObject({ errors: [{ field: 'wallet' }] });
  }
});

describe('the kill switch with include_spot', () => {
  const everything = { engaged: true, reason: 'out of all', flatten: true, include_spot: true };
  const soldAt = (receipt: Answer['body'], exchange: string): ReadonlySet<string> =>
    new Set(
      (receipt['sold'] as { order?: OrderView }[]).flatMap(({ order }) =>
        order?.exchange === exchange && order.status === 'filled' ? [order.symbol] : [],
      ),
    );
  const notDust = (receipt: Answer['body']): readonly unknown[] =>
    (receipt['holdings_left'] as { because: string }[]).filter(({ because }) => because !== 'dust');

  it('sells what each account holds, whatever its wallet is called', async () => {
    const { body: receipt } = await post('/risk/kill-switch', everything);
    for (const exchange of SUPPORTED_VENUES)
      expect(soldAt(receipt, exchange), exchange).toEqual(new Set(['BTC/USDT', 'ETH/USDT']));
    expect(notDust(receipt)).toEqual([]);
  });
});
