import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accountId, instrumentSymbol } from '../../core/ids.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { openVenue } from '../conformance/venue-under-test.ts';
import type { OpenVenue } from '../conformance/venue-under-test.ts';
import { GatewayFixture, Recorder } from '../conformance/world.ts';
import type { GatewayOptions } from '../connection.ts';
import type { Gateway } from '../gateway.ts';
import { GatewayRegistry, readKeyPermissions } from '../registry.ts';
import { createGateway } from '../venue-gateway.ts';
import { openBinanceAccess } from './access.ts';
import { BINANCE_UNDER_TEST } from './conformance.ts';
import { BINANCE_PARTS } from './gateway.ts';

describe('accounts at one address', () => {
  let venue: OpenVenue;
  const gateways: Gateway[] = [];
  beforeAll(async () => {
    venue = await openVenue(BINANCE_UNDER_TEST, { limits: false });
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
    const one = await GatewayFixture.open(venue, 'linear_swap', { kinds: ['spot', 'linear_swap'] });
    const { gateway, recorded } = one;
    gateways.push(gateway);
    expect(recorded.gaps).toHaveLength(2);
    expect(gateway.connection().privateStream).toBe('connected');
    const price = await one.priceAt('bid', '0.97');
    for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT'])
      await one.place(one.limit(price, { symbol: instrumentSymbol(symbol) }));
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
    const gateway = createGateway(
      BINANCE_PARTS,
      options,
      openBinanceAccess({ ...options, streamsPerConnection: 1 }),
    );
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

  it('say nothing of what their keys may do on the testnet', async () => {
    const options = await optionsOf({ mode: 'testnet' });
    expect(await readKeyPermissions('binance', options)).toMatchObject({ kind: 'ok', value: null });
  });
});

alteredAnswerCases(BINANCE_UNDER_TEST, '/api/v3/order', [
  {
    name: 'about an order with another client id',
    alter: (body) => body.replace(/"clientOrderId":"\w+"/, '"clientOrderId":"other"'),
    outcome: 'unknown',
  },
  {
    name: 'about another symbol',
    alter: (body) => body.replace('"BTCUSDT"', '"ETHUSDT"'),
    outcome: 'unknown',
  },
  {
    name: 'without an order id',
    alter: (body) => body.replace(/"orderId":\d+,/, ''),
    outcome: 'unknown',
  },
  {
    name: 'with a status that nobody documented',
    alter: (body) => body.replace('"NEW"', '"DREAMING"'),
    outcome: 'unknown',
  },
  {
    name: 'with an id beyond the doubles',
    alter: (body) => body.replace(/"orderId":\d+/, '"orderId":9007199254740993'),
    outcome: 'accepted',
    venueOrderId: '9007199254740993',
  },
]);
