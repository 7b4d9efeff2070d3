import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import type { FillsPage } from '../../core/venue/report.ts';
import { htxProtocolWith } from '../../simulators/htx/protocol.ts';
import { STRICTEST } from '../../simulators/htx/undecided.ts';
import type { UndecidedBehaviour } from '../../simulators/htx/undecided.ts';
import { accountsAt, opener } from '../conformance/accounts-of-tests.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { START_PRICE, ok } from '../conformance/cases.ts';
import { openVenue } from '../conformance/venue-under-test.ts';
import type { OpenVenue } from '../conformance/venue-under-test.ts';
import { GatewayFixture, freshId } from '../conformance/world.ts';
import { HTX_UNDER_TEST } from './conformance.ts';

/** The venue as it is, or with other answers to what its documentation leaves open. */
async function open(undecided: Partial<UndecidedBehaviour> = {}): Promise<OpenVenue> {
  const venue = await openVenue(HTX_UNDER_TEST, {
    limits: false,
    protocol: htxProtocolWith({ ...STRICTEST, ...undecided }),
  });
  await venue.control.price(venue.symbols.spot ?? '', START_PRICE);
  return venue;
}

describe('one account', () => {
  let venue: OpenVenue;
  const fixtures: GatewayFixture[] = [];
  const others: OpenVenue[] = [];
  beforeAll(async () => {
    venue = await open();
  });
  afterEach(async () => {
    await venue.control.clearFaults();
    for (const one of fixtures.splice(0)) await one.close();
    for (const other of others.splice(0)) await other.close();
  });
  afterAll(async () => {
    await venue.close();
  });

  const fixture = async (at: OpenVenue = venue): Promise<GatewayFixture> => {
    const one = await GatewayFixture.open(at, 'spot');
    fixtures.push(one);
    return one;
  };
  const other = async (undecided: Partial<UndecidedBehaviour>): Promise<GatewayFixture> => {
    const opened = await open(undecided);
    others.push(opened);
    return fixture(opened);
  };

  it('finds by its id the one order that a create whose answer was lost has made', async () => {
    const one = await fixture();
    const id = freshId();
    await venue.control.fault({ kind: 'drop_response', route: 'create_order', count: 1 });
    const order = one.limit(await one.priceAt('bid', '0.99'));
    expect((await one.send(order, { venueClientOrderId: id })).kind).toBe('unknown');
    const [made, ...more] = await one.trueOrders();
    expect(more).toEqual([]);
    expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
      kind: 'found',
      report: { venueClientOrderId: id, venueOrderId: made?.venue_order_id, status: 'open' },
    });
  });

  it('takes an order whose cancel is under way for one that is open, and learns of its end', async () => {
    const one = await other({ cancelTakesMs: 600 });
    const id = freshId();
    await one.place(one.limit(await one.priceAt('bid', '0.99')), { venueClientOrderId: id });
    expect(await one.gateway.cancel(one.referenceTo(id))).toEqual({ kind: 'accepted', report: null });
    expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
      kind: 'found',
      report: { status: 'open' },
    });
    expect((await one.gateway.cancel(one.referenceTo(id))).kind).toBe('not_found');
    await expect
      .poll(() => one.recorded.orders.map(({ status }) => status), { timeout: 5_000 })
      .toContain('canceled');
  });

  it.each([true, false])(
    'joins executions with their orders where the orders come first: %s',
    async (ordersBeforeClearing) => {
      const one = await other({ ordersBeforeClearing });
      const gaps = one.recorded.gaps.length;
      await one.place(one.market({ quantity: null, cost: Decimal.parse('200') }));
      await one.place(one.limit(await one.priceAt('ask', '1.01'), { timeInForce: 'IOC' }));
      const truth = (await one.trueFills()).map(({ trade_id: id }) => id);
      await expect.poll(() => [...new Set(one.recorded.fills.map(({ tradeId }) => tradeId))]).toEqual(truth);
      await expect
        .poll(() => one.recorded.orders.filter(({ status }) => status === 'filled').length)
        .toBeGreaterThan(1);
      expect(one.recorded.gaps).toHaveLength(gaps);
    },
  );

  it.each([true, false])(
    'reads executions where a page begins with the record it names: %s',
    async (beginsWithIt) => {
      const one = await other({ pagesBeginWithFrom: beginsWithIt });
      const since = one.gateway.venueNow() - 1_000;
      await one.place(one.market({ quantity: null, cost: Decimal.parse('200') }));
      const page: FillsPage = ok(await one.gateway.fills(one.symbol, null, since));
      expect(page.fills.map(({ tradeId }) => tradeId)).toEqual(
        (await one.trueFills()).map(({ trade_id: id }) => id),
      );
      expect(page.fills.every(({ feeAsset }) => feeAsset === 'BTC')).toBe(true);
    },
  );
});

describe('contracts', () => {
  const accounts = accountsAt(opener(HTX_UNDER_TEST, htxProtocolWith, STRICTEST));
  const { fixture, other } = accounts;

  it('trades spot and swaps out of two wallets, over a stream each', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
    expect(one.recorded.gaps).toHaveLength(2);
    await one.place(one.market());
    await one.place(
      one.limit(await one.priceAt('ask', '1.01'), {
        symbol: instrumentSymbol('BTC/USDT'),
        timeInForce: 'IOC',
      }),
    );
    await expect
      .poll(() => new Set(one.recorded.fills.map(({ symbol }) => symbol)))
      .toEqual(new Set(['BTC/USDT', 'BTC/USDT:USDT']));
    expect(new Set(ok(await one.gateway.balances()).map(({ wallet }) => wallet))).toEqual(
      new Set(['spot', 'linear_swap']),
    );
  });

  it('takes 1004 for unknown, whether the order was made or not, and sends nothing again', async () => {
    const one = await fixture('linear_swap');
    const order = one.limit(await one.priceAt('bid', '0.99'));
    const before = await accounts.venue.control.requestCount('create_order');
    for (const kind of ['http_error', 'http_error_after'] as const) {
      await accounts.venue.control.fault({ kind, route: 'create_order', status: 200, count: 1 });
      expect(await one.send(order)).toMatchObject({ kind: 'unknown' });
    }
    expect(await accounts.venue.control.requestCount('create_order')).toBe(before + 2);
    expect(await one.trueOrders()).toHaveLength(1);
  });

  it('finds an order that was filled before its answer came in the history, which its id does not', async () => {
    const one = await fixture('linear_swap');
    const id = freshId();
    await accounts.venue.control.fault({ kind: 'drop_response', route: 'create_order', count: 1 });
    const order = one.limit(await one.priceAt('ask', '1.01'), { timeInForce: 'IOC' });
    expect((await one.send(order, { venueClientOrderId: id })).kind).toBe('unknown');
    for (const thorough of [false, true])
      expect(await one.gateway.lookUp({ ...one.lookUpOf(id), thorough })).toMatchObject({
        kind: 'found',
        report: { venueClientOrderId: id, status: 'filled' },
      });
  });

  it.each(['no_data', 'refused'] as const)(
    'finds no order where the venue answers with %s',
    async (absentContractOrder) => {
      const one = await fixture('linear_swap', {}, await other({ absentContractOrder }));
      expect(await one.gateway.lookUp(one.lookUpOf(freshId()))).toMatchObject({ kind: 'absent', fills: [] });
    },
  );

  it.each([true, false])(
    'reads executions with their fees after the stream where the orders come first: %s',
    async (ordersBeforeClearing) => {
      const one = await fixture('linear_swap', {}, await other({ ordersBeforeClearing }));
      const gaps = one.recorded.gaps.length;
      await one.place(one.market({ quantity: Decimal.parse('2') }));
      const truth = (await one.trueFills()).map(({ trade_id: id }) => id);
      await expect.poll(() => [...new Set(one.recorded.fills.map(({ tradeId }) => tradeId))]).toEqual(truth);
      expect(one.recorded.fills.every(({ fee, feeAsset }) => fee.isPositive() && feeAsset === 'USDT')).toBe(
        true,
      );
      expect(one.recorded.gaps).toHaveLength(gaps);
    },
  );

  it.each([true, false])(
    'lists every open order where a page begins with the order it names: %s',
    async (pagesBeginWithFrom) => {
      const one = await fixture('linear_swap', {}, await other({ pagesBeginWithFrom }));
      const price = await one.priceAt('bid', '0.99');
      // An order that finds no room in the rate limits is not sent.
      let accepted = 0;
      while (accepted < 105) if ((await one.send(one.limit(price))).kind === 'accepted') accepted += 1;
      expect(ok(await one.gateway.openOrders())).toHaveLength(105);
    },
    120_000,
  );
});

alteredAnswerCases(HTX_UNDER_TEST, '/v1/order/orders/place', [
  { name: 'without a number', alter: () => '{"status":"ok"}', outcome: 'unknown' },
  { name: 'with nothing for a number', alter: () => '{"status":"ok","data":null}', outcome: 'unknown' },
  {
    name: 'that says that the system failed',
    alter: () =>
      '{"status":"error","err-code":"base-system-error","err-msg":"System Error, please try again","data":null}',
    outcome: 'unknown',
  },
  {
    name: 'with a code of tomorrow',
    alter: () => '{"status":"error","err-code":"order-new-error","err-msg":"new","data":null}',
    outcome: 'unknown',
  },
]);

alteredAnswerCases(
  HTX_UNDER_TEST,
  '/v5/trade/order',
  [
    {
      name: 'without a number',
      alter: (body) => body.replace(/"order_id":"\d+",/, ''),
      outcome: 'unknown',
    },
    {
      name: 'about another order',
      alter: (body) => body.replace(/"client_order_id":"\d+"/, '"client_order_id":"7"'),
      outcome: 'unknown',
    },
    {
      name: 'that says that the system is busy',
      alter: () => '{"code":1004,"message":"System busy. Please try again later.","data":null,"ts":1}',
      outcome: 'unknown',
    },
    {
      name: 'that says that the id is repeated',
      alter: () => '{"code":1050,"message":"Customer\'s order number is repeated.","data":null,"ts":1}',
      outcome: 'unknown',
    },
  ],
  'linear_swap',
);
