import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { accountId, instrumentSymbol } from '../../core/ids.ts';
import { bybitProtocolWith } from '../../simulators/bybit/protocol.ts';
import { STRICTEST } from '../../simulators/bybit/undecided.ts';
import type { UndecidedBehaviour } from '../../simulators/bybit/undecided.ts';
import { runSimulators } from '../../simulators/host.ts';
import { ControlClient } from '../conformance/control.ts';
import type { TrueAccount } from '../conformance/control.ts';
import { conformanceSuite } from '../conformance/suite.ts';
import { GatewayFixture, Recorder, freshId, optionsFor } from '../conformance/world.ts';
import type { ConformanceVenue } from '../conformance/world.ts';
import type { GatewayOptions } from '../connection.ts';
import { BYBIT_CAPABILITIES } from './capabilities.ts';
import { createBybitGateway } from './gateway.ts';
import { readBybitKeyPermissions } from './key-check.ts';

conformanceSuite({
  venue: 'bybit',
  capabilities: BYBIT_CAPABILITIES,
  kinds: ['spot', 'linear_swap'],
  open: openVenue,
});

async function openVenue({
  limits,
  undecided = {},
}: {
  readonly limits: boolean;
  readonly undecided?: Partial<UndecidedBehaviour>;
}) {
  const simulators = await runSimulators({
    controlPort: 0,
    limits,
    venues: ['bybit'],
    protocols: [bybitProtocolWith({ ...STRICTEST, ...undecided })],
  });
  const venue = simulators.venues.get('bybit');
  const urls = venue?.urls ?? null;
  if (urls === null) throw new Error('bybit is not simulated');
  return {
    control: new ControlClient(simulators.controlUrl, 'bybit'),
    endpoints: { rest: urls.restUrl, ws: urls.wsUrl },
    symbols: { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' },
    // The order as it is accepted, then as it is filled, then the execution.
    messagesToFirstExecution: { spot: 3, linear_swap: 3 },
    concurrentOrders: 8,
    createGateway: (options: GatewayOptions) => createBybitGateway(options),
    enterHedgeMode: (account: TrueAccount) => enterHedgeMode(urls.restUrl, account),
    close: () => simulators.close(),
  };
}

/** "Switch Position Mode", as the account's owner does it elsewhere. */
async function enterHedgeMode(origin: string, { key, secret }: TrueAccount): Promise<void> {
  const body = JSON.stringify({ category: 'linear', coin: 'USDT', mode: 3 });
  const timestamp = String(Date.now());
  const signature = createHmac('sha256', secret).update(`${timestamp}${key}5000${body}`).digest('hex');
  const response = await fetch(`${origin}/v5/position/switch-mode`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'X-BAPI-API-KEY': key,
      'X-BAPI-TIMESTAMP': timestamp,
      'X-BAPI-RECV-WINDOW': '5000',
      'X-BAPI-SIGN': signature,
    },
    body,
  });
  const answer = await response.text();
  if (!answer.includes('"retCode":0')) throw new Error(answer);
}

describe('one account', () => {
  let venue: Awaited<ReturnType<typeof openVenue>>;
  const fixtures: GatewayFixture[] = [];
  beforeAll(async () => {
    venue = await openVenue({ limits: false });
    for (const symbol of Object.values(venue.symbols)) await venue.control.price(symbol, '60000');
  });
  afterEach(async () => {
    for (const one of fixtures.splice(0)) await one.close();
  });
  afterAll(async () => {
    await venue.close();
  });

  async function open(
    at: ConformanceVenue,
    kind: 'spot' | 'linear_swap',
    changes: Partial<GatewayOptions> = {},
  ): Promise<GatewayFixture> {
    const one = await GatewayFixture.open(at, kind, changes);
    fixtures.push(one);
    return one;
  }

  it('trades spot and swaps out of one wallet, over one private stream', async () => {
    const one = await open(venue, 'linear_swap', { kinds: ['spot', 'linear_swap'] });
    expect(one.recorded.gaps).toHaveLength(1);
    const spot = { symbol: instrumentSymbol('BTC/USDT') };
    await one.place(one.market());
    await one.place(one.market(spot));
    await one.place(one.limit(await one.priceAt('bid', '0.97'), spot));
    await expect
      .poll(() => new Set(one.recorded.fills.map(({ symbol }) => symbol)))
      .toEqual(new Set(['BTC/USDT', 'BTC/USDT:USDT']));
    const working = await one.gateway.openOrders();
    expect(working.kind === 'ok' && working.value.map(({ symbol }) => symbol)).toEqual(['BTC/USDT']);
    const balances = await one.gateway.balances();
    expect(balances.kind === 'ok' && new Set(balances.value.map(({ wallet }) => wallet))).toEqual(
      new Set(['unified']),
    );
    const margins = await one.gateway.margins();
    expect(margins.kind === 'ok' && margins.value).toHaveLength(1);
  });

  it('has limit prices beyond the band refused, which the venue moves to its edge otherwise', async () => {
    const one = await open(venue, 'linear_swap');
    const beyond = one.limit(await one.priceAt('bid', '0.9'), { side: 'sell' });
    expect(await one.send(beyond)).toMatchObject({
      kind: 'refused',
      reason: { kind: 'price_band', venueCode: '110120' },
    });
    expect(await one.trueOrders()).toHaveLength(0);
  });

  it('is not connected where the venue goes on moving prices', async () => {
    const account = await venue.control.newAccount();
    await venue.control.fault({ kind: 'http_error', route: 'settings', status: 500 });
    const gateway = createBybitGateway(optionsFor(venue, 'linear_swap', account));
    await expect(gateway.start(new Recorder())).rejects.toThrow('Set Price Limit Behaviour');
    await venue.control.clearFaults();
    await gateway.stop();
  });

  it('learns of a rejection that comes after the acknowledgement by its stream, and by a look-up', async () => {
    const late = await openVenue({
      limits: false,
      undecided: { rejectsLate: ['insufficient_balance', 'reduce_only_refused'] },
    });
    try {
      for (const symbol of Object.values(late.symbols)) await late.control.price(symbol, '60000');
      const one = await GatewayFixture.open(late, 'linear_swap');
      for (const order of [
        one.limit(await one.priceAt('bid', '0.97'), { quantity: Decimal.parse('900') }),
        one.market({ reduceOnly: true }),
      ]) {
        const id = freshId();
        expect(await one.send(order, { venueClientOrderId: id })).toMatchObject({
          kind: 'accepted',
          report: null,
          fills: [],
        });
        const rejected = { venueClientOrderId: id, status: 'rejected', venueReason: 'EC_Others' };
        await expect.poll(() => one.recorded.orders).toContainEqual(expect.objectContaining(rejected));
        const answer = await one.gateway.lookUp({
          symbol: one.symbol,
          venueClientOrderId: id,
          venueOrderIds: [],
          conditional: false,
          thorough: true,
          since: one.gateway.venueNow() - 60_000,
        });
        expect(answer).toMatchObject({ kind: 'found', report: rejected });
      }
      await one.close();
    } finally {
      await late.close();
    }
  });

  it('takes a cancel that came too late for what it is: the order stays filled', async () => {
    const late = await openVenue({ limits: false, undecided: { cancelTakenAfterFillMs: 60_000 } });
    try {
      for (const symbol of Object.values(late.symbols)) await late.control.price(symbol, '60000');
      const one = await GatewayFixture.open(late, 'spot');
      const id = freshId();
      await one.place(one.market(), { venueClientOrderId: id });
      const reference = { symbol: one.symbol, venueClientOrderId: id, venueOrderIds: [], conditional: false };
      expect(await one.gateway.cancel(reference)).toEqual({ kind: 'accepted', report: null });
      await expect
        .poll(() => one.recorded.orders.filter(({ status }) => status === 'filled'))
        .toHaveLength(2);
      expect(one.recorded.fills).toHaveLength(1);
      await one.close();
    } finally {
      await late.close();
    }
  });

  it('says what its key may do', async () => {
    const permissionsOf = async (account: TrueAccount, changes: Partial<GatewayOptions> = {}) =>
      readBybitKeyPermissions({ ...optionsFor(venue, 'spot', account), ...changes });
    const harmless = await venue.control.newAccount();
    expect(await permissionsOf(harmless)).toMatchObject({
      kind: 'ok',
      value: { canRead: true, canTradeSpot: true, canTradeSwaps: true, canWithdraw: false },
    });
    expect(await permissionsOf(await venue.control.newAccount({ withdraw: true }))).toMatchObject({
      kind: 'ok',
      value: { canWithdraw: true },
    });
    expect(await permissionsOf({ ...harmless, secret: 'wrong'.repeat(12) })).toMatchObject({
      kind: 'failed',
      reason: 'refused',
    });
    expect(
      await permissionsOf(harmless, { endpoints: { rest: 'http://127.0.0.1:9', ws: null } }),
    ).toMatchObject({ kind: 'failed', reason: 'unreachable' });
  });
});

describe('answers that are not what they should be', () => {
  let venue: Awaited<ReturnType<typeof openVenue>>;
  let one: GatewayFixture;
  let proxy: Server;
  /** Changes the answer to a create on its way back. */
  let change: (body: string) => string = (body) => body;

  beforeAll(async () => {
    venue = await openVenue({ limits: false });
    await venue.control.price('BTC/USDT', '60000');
    proxy = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = 'GET', url = '/' } = request;
        const headers = Object.fromEntries(
          Object.entries(request.headers).flatMap(([name, value]) =>
            name === 'content-type' || name.startsWith('x-bapi-') ? [[name, String(value)]] : [],
          ),
        );
        void fetch(venue.endpoints.rest + url, {
          method,
          headers,
          ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
        }).then(async (answer) => {
          const body = await answer.text();
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(url === '/v5/order/create' ? change(body) : body);
        });
      });
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const rest = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    one = await GatewayFixture.open(venue, 'spot', { endpoints: { rest, ws: venue.endpoints.ws } });
    expect(one.gateway.accountId).toBe(accountId(one.account.account_id));
  });
  afterAll(async () => {
    await one.close();
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
      (body: string) => body.replace(/"orderLinkId":"\w+"/, '"orderLinkId":"other"'),
      'unknown',
    ],
    ['without a client id', (body: string) => body.replace(/,"orderLinkId":"\w+"/, ''), 'unknown'],
    ['without an order id', (body: string) => body.replace(/"orderId":"\d+",/, ''), 'unknown'],
    ['with an empty result', (body: string) => body.replace(/"result":\{[^}]*\}/, '"result":{}'), 'unknown'],
    [
      'that says a server timed out',
      () => '{"retCode":10000,"retMsg":"Server Timeout","result":{}}',
      'unknown',
    ],
    ['with a code of tomorrow', () => '{"retCode":179999,"retMsg":"new","result":{}}', 'unknown'],
    ['of a proxy', () => '<html>Welcome</html>', 'unknown'],
    ['of a list', () => '[]', 'unknown'],
    ['of nothing', () => 'null', 'unknown'],
  ] as const)(
    '%s: the order is in place, and the outcome says what is proven',
    async (_name, changed, kind) => {
      change = changed;
      const id = freshId();
      const order = one.limit(await one.priceAt('bid', '0.97'), { quantity: Decimal.parse('0.001') });
      expect((await one.send(order, { venueClientOrderId: id })).kind).toBe(kind);
      expect(
        await one.gateway.lookUp({
          symbol: one.symbol,
          venueClientOrderId: id,
          venueOrderIds: [],
          conditional: false,
          thorough: true,
          since: one.gateway.venueNow() - 60_000,
        }),
      ).toMatchObject({ kind: 'found', report: { venueClientOrderId: id } });
    },
  );
});
