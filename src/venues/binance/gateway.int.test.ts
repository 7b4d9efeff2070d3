import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { accountId, instrumentSymbol } from '../../core/ids.ts';
import { runSimulators } from '../../simulators/host.ts';
import { ControlClient } from '../conformance/control.ts';
import type { TrueAccount } from '../conformance/control.ts';
import { conformanceSuite } from '../conformance/suite.ts';
import { Recorder, freshId } from '../conformance/world.ts';
import type { GatewayOptions } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { GatewayRegistry, readKeyPermissions } from '../registry.ts';
import { BinanceAccess } from './access.ts';
import { BINANCE_CAPABILITIES } from './capabilities.ts';
import { createBinanceGateway } from './gateway.ts';

conformanceSuite({
  venue: 'binance',
  capabilities: BINANCE_CAPABILITIES,
  kinds: ['spot', 'linear_swap'],
  open: openVenue,
});

async function openVenue({ limits }: { readonly limits: boolean }) {
  const simulators = await runSimulators({ controlPort: 0, limits, venues: ['binance'] });
  const venue = simulators.venues.get('binance');
  const urls = venue?.urls ?? null;
  if (urls === null) throw new Error('binance is not simulated');
  return {
    control: new ControlClient(simulators.controlUrl, 'binance'),
    endpoints: { rest: urls.restUrl, ws: urls.wsUrl },
    symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
    // Spot: the order's state, then the execution. USD-M reports each execution in a short form first.
    messagesToFirstExecution: { spot: 2, linear_swap: 3 },
    concurrentOrders: 24,
    createGateway: (options: GatewayOptions) => createBinanceGateway(options),
    enterHedgeMode: (account: TrueAccount) => enterHedgeMode(urls.restUrl, account),
    close: () => simulators.close(),
  };
}

/** "Change Position Mode", as the account's owner does it elsewhere. */
async function enterHedgeMode(origin: string, { key, secret }: TrueAccount): Promise<void> {
  const query = `dualSidePosition=true&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', secret).update(query).digest('hex');
  const response = await fetch(`${origin}/fapi/v1/positionSide/dual?${query}&signature=${signature}`, {
    method: 'POST',
    headers: { 'X-MBX-APIKEY': key },
  });
  if (!response.ok) throw new Error(await response.text());
}

describe('accounts at one address', () => {
  let venue: Awaited<ReturnType<typeof openVenue>>;
  const gateways: Gateway[] = [];
  beforeAll(async () => {
    venue = await openVenue({ limits: false });
  });
  afterAll(async () => {
    await venue.close();
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
  });

  async function optionsOf(changes: Partial<GatewayOptions> = {}): Promise<GatewayOptions> {
    const account = await venue.control.newAccount();
    return {
      accountId: accountId(account.account_id),
      mode: 'paper',
      credentials: { apiKey: account.key, secret: account.secret },
      endpoints: venue.endpoints,
      ...changes,
    };
  }

  it('trades spot and swaps on one account', async () => {
    const options = await optionsOf();
    const gateway = new GatewayRegistry().create('binance', options);
    gateways.push(gateway);
    const recorded = new Recorder();
    await gateway.start(recorded);
    expect(recorded.gaps).toHaveLength(2);
    expect(gateway.connection().privateStream).toBe('connected');
    for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) {
      const quote = await gateway.freshQuote(instrumentSymbol(symbol), 1_000);
      if (quote.kind === 'failed') expect.fail(quote.detail);
      const outcome = await gateway.send({
        order: {
          symbol: instrumentSymbol(symbol),
          type: 'limit',
          side: 'buy',
          positionSide: 'net',
          quantity: Decimal.parse('0.01'),
          cost: null,
          price: (quote.value.bid ?? Decimal.zero)
            .multiply(Decimal.parse('0.97'))
            .roundToMultipleOf(Decimal.parse('0.1'), 'down'),
          stopPrice: null,
          stopDirection: null,
          trigger: null,
          timeInForce: 'GTC',
          expiresAt: null,
          postOnly: false,
          reduceOnly: false,
        },
        venueClientOrderId: freshId(),
        signedAt: gateway.venueNow(),
        requestLifetimeMs: 2_000,
        reducing: false,
        closing: false,
        annul: new AbortController().signal,
      });
      expect(outcome.kind).toBe('accepted');
    }
    const open = await gateway.openOrders();
    expect(open.kind === 'ok' && open.value.map((order) => order.symbol).toSorted()).toEqual([
      'BTC/USDT',
      'BTC/USDT:USDT',
    ]);
    const balances = await gateway.balances();
    expect(balances.kind === 'ok' && new Set(balances.value.map((balance) => balance.wallet))).toEqual(
      new Set(['spot', 'linear_swap']),
    );
    expect((await gateway.positions()).kind).toBe('ok');
  });

  it('share instruments, clock and market data, and each receives its own events alone', async () => {
    const registry = new GatewayRegistry();
    const [first, second] = [
      registry.create('binance', await optionsOf({ kinds: ['spot'] })),
      registry.create('binance', await optionsOf({ kinds: ['spot'] })),
    ];
    gateways.push(first, second);
    const recorded = [new Recorder(), new Recorder()] as const;
    await first.start(recorded[0]);
    await second.start(recorded[1]);
    const btc = instrumentSymbol('BTC/USDT');
    const eth = instrumentSymbol('ETH/USDT');
    expect(first.instrument(btc)).toBe(second.instrument(btc));
    first.quote(btc);
    second.quote(eth);
    await expect.poll(() => first.quote(btc)).toBeDefined();
    await expect.poll(() => second.quote(eth)).toBeDefined();
    expect(new Set(recorded[0].quotes.map((quote) => quote.symbol))).toEqual(new Set([btc]));
    expect(new Set(recorded[1].quotes.map((quote) => quote.symbol))).toEqual(new Set([eth]));
    // One leaves; the other's market data goes on.
    await first.stop();
    const before = recorded[1].quotes.length;
    await venue.control.price('ETH/USDT', '3456');
    await expect.poll(() => recorded[1].quotes.length).toBeGreaterThan(before);
    expect(second.connection().publicStream).toBe('connected');
  });

  it('receive prices for which the connection has no room, only later', async () => {
    const options = await optionsOf();
    const gateway = createBinanceGateway(options, new BinanceAccess({ ...options, streamsPerConnection: 1 }));
    gateways.push(gateway);
    const recorded = new Recorder();
    await gateway.start(recorded);
    const [btc, eth] = [instrumentSymbol('BTC/USDT'), instrumentSymbol('ETH/USDT')];
    gateway.quote(btc);
    gateway.quote(eth);
    await expect.poll(() => gateway.connection().publicStream, { timeout: 5_000 }).toBe('connected');
    await venue.control.price('ETH/USDT', '2777');
    const near = () =>
      recorded.quotes.some(
        ({ symbol, mark }) => symbol === eth && mark?.toString().startsWith('27') === true,
      );
    await expect.poll(near, { timeout: 10_000 }).toBe(true);
  });

  it('say what their keys may do', async () => {
    const harmless = await optionsOf();
    expect(await readKeyPermissions('binance', harmless)).toMatchObject({
      kind: 'ok',
      value: { canRead: true, canTradeSpot: true, canWithdraw: false },
    });
    const account = await venue.control.newAccount({ withdraw: true });
    expect(
      await readKeyPermissions('binance', {
        ...harmless,
        credentials: { apiKey: account.key, secret: account.secret },
      }),
    ).toMatchObject({ kind: 'ok', value: { canWithdraw: true } });
    expect(
      await readKeyPermissions('binance', {
        ...harmless,
        credentials: { apiKey: account.key, secret: 'wrong'.repeat(12) },
      }),
    ).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(
      await readKeyPermissions('binance', {
        ...harmless,
        endpoints: { rest: 'http://127.0.0.1:9', ws: null },
      }),
    ).toMatchObject({ kind: 'failed', reason: 'unreachable' });
    expect(await readKeyPermissions('binance', { ...harmless, mode: 'testnet' })).toMatchObject({
      kind: 'ok',
      value: null,
    });
  });
});

describe('answers that are not what they should be', () => {
  let venue: Awaited<ReturnType<typeof openVenue>>;
  let gateway: Gateway;
  let proxy: Server;
  /** Changes the answer to a create on its way back. */
  let change: (body: string) => string = (body) => body;

  beforeAll(async () => {
    venue = await openVenue({ limits: false });
    proxy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = 'GET', url = '/' } = request;
        void fetch(venue.endpoints.rest + url, {
          method,
          headers: {
            'x-mbx-apikey': String(request.headers['x-mbx-apikey'] ?? ''),
            'content-type': 'application/x-www-form-urlencoded',
          },
          ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
        }).then(async (answer) => {
          const body = await answer.text();
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(method === 'POST' && url.startsWith('/api/v3/order') ? change(body) : body);
        });
      });
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const account = await venue.control.newAccount();
    gateway = createBinanceGateway({
      accountId: accountId(account.account_id),
      mode: 'paper',
      credentials: { apiKey: account.key, secret: account.secret },
      endpoints: {
        rest: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        ws: venue.endpoints.ws,
      },
      kinds: ['spot'],
    });
    await gateway.start(new Recorder());
  });
  afterAll(async () => {
    await gateway.stop();
    proxy.closeAllConnections();
    await new Promise((resolve) => {
      proxy.close(resolve);
    });
    await venue.close();
  });

  it.each([
    ['unchanged', (body: string) => body, 'accepted'],
    [
      'about an order with another client id',
      (body: string) => body.replace(/"clientOrderId":"\w+"/, '"clientOrderId":"other"'),
      'unknown',
    ],
    ['about another symbol', (body: string) => body.replace('"BTCUSDT"', '"ETHUSDT"'), 'unknown'],
    ['without an order id', (body: string) => body.replace(/"orderId":\d+,/, ''), 'unknown'],
    [
      'with a status that nobody documented',
      (body: string) => body.replace('"NEW"', '"DREAMING"'),
      'unknown',
    ],
    ['of a proxy', () => '<html>Welcome</html>', 'unknown'],
    ['of a list', () => '[]', 'unknown'],
    ['of nothing', () => 'null', 'unknown'],
    [
      'with an id beyond the doubles',
      (body: string) => body.replace(/"orderId":\d+/, '"orderId":9007199254740993'),
      'accepted',
    ],
  ] as const)(
    '%s: the order is in place, and the outcome says what is proven',
    async (_name, changed, kind) => {
      change = changed;
      const btc = instrumentSymbol('BTC/USDT');
      const quote = await gateway.freshQuote(btc, 1_000);
      if (quote.kind === 'failed') expect.fail(quote.detail);
      const id = freshId();
      const outcome = await gateway.send({
        order: {
          symbol: btc,
          type: 'limit',
          side: 'buy',
          positionSide: 'net',
          quantity: Decimal.parse('0.001'),
          cost: null,
          price: (quote.value.bid ?? Decimal.zero)
            .multiply(Decimal.parse('0.97'))
            .roundToMultipleOf(Decimal.parse('0.01'), 'down'),
          stopPrice: null,
          stopDirection: null,
          trigger: null,
          timeInForce: 'GTC',
          expiresAt: null,
          postOnly: false,
          reduceOnly: false,
        },
        venueClientOrderId: id,
        signedAt: gateway.venueNow(),
        requestLifetimeMs: 2_000,
        reducing: false,
        closing: false,
        annul: new AbortController().signal,
      });
      expect(outcome.kind).toBe(kind);
      if (outcome.kind === 'accepted' && outcome.venueOrderId.startsWith('9007'))
        expect(outcome.venueOrderId).toBe('9007199254740993');
      expect(
        await gateway.lookUp({
          symbol: btc,
          venueClientOrderId: id,
          venueOrderIds: [],
          conditional: false,
          thorough: true,
          since: gateway.venueNow() - 60_000,
        }),
      ).toMatchObject({ kind: 'found', report: { venueClientOrderId: id } });
    },
  );
});
