import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import { mexcProtocolWith } from '../../simulators/mexc/protocol.ts';
import { STRICTEST } from '../../simulators/mexc/undecided.ts';
import { accountsAt, opener } from '../conformance/accounts-of-tests.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { ok, openPositions } from '../conformance/cases.ts';
import { freshId } from '../conformance/world.ts';
import { readKeyPermissions } from '../registry.ts';
import { MEXC_UNDER_TEST } from './conformance.ts';

const KINDS = ['spot', 'linear_swap'] as const;

const open = opener(MEXC_UNDER_TEST, mexcProtocolWith, STRICTEST);

describe('one account', () => {
  const accounts = accountsAt(open);
  const { fixture, other } = accounts;

  it('trades spot and swaps out of two wallets, over a stream each', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
    expect(one.recorded.gaps).toHaveLength(2);
    const spot = { symbol: instrumentSymbol('BTC/USDT') };
    await one.place(one.market());
    await one.place(one.market(spot));
    await expect
      .poll(() => new Set(one.recorded.fills.map(({ symbol }) => symbol)))
      .toEqual(new Set(['BTC/USDT', 'BTC/USDT:USDT']));
    expect(new Set(ok(await one.gateway.balances()).map(({ wallet }) => wallet))).toEqual(
      new Set(['spot', 'linear_swap']),
    );
  });

  it.each(KINDS)(
    'of %s: the same id a second time is a second order, and a create of unknown end is sent once',
    async (kind) => {
      const one = await fixture(kind);
      const order = one.limit(await one.priceAt('bid', '0.97'));
      const id = freshId();
      const first = await one.send(order, { venueClientOrderId: id });
      const second = await one.send(order, { venueClientOrderId: id });
      if (first.kind !== 'accepted' || second.kind !== 'accepted') expect.fail('neither is refused');
      expect(first.venueOrderId).not.toBe(second.venueOrderId);
      const before = await accounts.venue.control.requestCount('create_order');
      await accounts.venue.control.fault({
        kind: 'http_error_after',
        route: 'create_order',
        status: 503,
        count: 1,
      });
      expect(await one.send(order)).toMatchObject({ kind: 'unknown' });
      expect(await accounts.venue.control.requestCount('create_order')).toBe(before + 1);
      expect(await one.trueOrders()).toHaveLength(3);
      // Each is canceled by the id that names it alone.
      for (const { venueOrderId } of [second, first])
        expect(
          await one.gateway.cancel({ ...one.lookUpOf(id), venueOrderIds: [venueOrderId] }),
        ).toMatchObject({ kind: 'accepted' });
      expect((await one.trueOrders()).filter(({ status }) => status === 'canceled')).toHaveLength(2);
    },
  );

  it('calls no spot order absent that the look-up does not find yet and a list has', async () => {
    const slow = await other({ lookUpLagMs: 60_000 });
    const one = await fixture('spot', {}, slow);
    const id = freshId();
    await one.send(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
    expect(await one.gateway.lookUp({ ...one.lookUpOf(id), thorough: false })).toMatchObject({
      kind: 'not_seen',
    });
    expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
      kind: 'found',
      report: { venueClientOrderId: id },
    });
  });

  it.each(['no_data', 'refused'] as const)(
    'finds no order of contracts where the venue answers with %s',
    async (absentContractOrder) => {
      const one = await fixture('linear_swap', {}, await other({ absentContractOrder }));
      expect(await one.gateway.lookUp(one.lookUpOf(freshId()))).toMatchObject({ kind: 'absent' });
    },
  );

  it('joins executions and orders in either order of the two channels', async () => {
    const first = await other({ ordersBeforeDeals: false });
    for (const kind of KINDS) {
      const one = await fixture(kind, {}, first);
      const gaps = one.recorded.gaps.length;
      await one.place(one.market());
      await expect.poll(() => one.recorded.fills.length).toBe((await one.trueFills()).length);
      expect(one.recorded.gaps).toHaveLength(gaps);
    }
  });

  it('takes an answer that shows a cancel as done like one that shows the order as it was', async () => {
    const one = await fixture('spot', {}, await other({ cancelShowsEnd: true }));
    const id = freshId();
    await one.place(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
    expect(await one.gateway.cancel(one.lookUpOf(id))).toEqual({ kind: 'accepted', report: null });
  });

  it('sets the leverage of a contract whose position is held, and of its other side', async () => {
    const one = await fixture('linear_swap');
    await one.place(one.market());
    const before = await accounts.venue.control.requestCount('settings');
    expect(await one.gateway.setLeverage(one.symbol, Decimal.parse('2'))).toEqual({
      kind: 'set',
    });
    expect(await accounts.venue.control.requestCount('settings')).toBe(before + 2);
    expect((await openPositions(one)).map(({ leverage }) => leverage?.toString())).toEqual(['2']);
  });

  it('comes back with its listen key, however often a connection is lost', async () => {
    const one = await fixture('spot');
    for (let losses = 1; losses <= 3; losses += 1) {
      const gaps = one.recorded.gaps.length;
      await accounts.venue.control.fault({ kind: 'ws_disconnect', route: 'private_stream', count: 1 });
      await one.place(one.market());
      await expect.poll(() => one.recorded.gaps.length, { timeout: 10_000 }).toBeGreaterThan(gaps + 1);
      await expect.poll(() => one.gateway.connection().privateStream, { timeout: 10_000 }).toBe('connected');
    }
  });

  it('says nothing of the rights of a key', async () => {
    const { key, secret } = await accounts.venue.control.newAccount();
    expect(
      await readKeyPermissions('mexc', {
        mode: 'paper',
        credentials: { apiKey: key, secret },
        endpoints: accounts.venue.endpoints,
      }),
    ).toMatchObject({ kind: 'ok', value: null });
  });
});

alteredAnswerCases(MEXC_UNDER_TEST, '/api/v3/order', [
  {
    name: 'about another symbol',
    alter: (body) => body.replace('"BTCUSDT"', '"ETHUSDT"'),
    outcome: 'unknown',
  },
  {
    name: 'about the other side',
    alter: (body) => body.replace('"BUY"', '"SELL"'),
    outcome: 'unknown',
  },
  {
    name: 'without an order id',
    alter: (body) => body.replace(/"orderId":"\w+",/, ''),
    outcome: 'unknown',
  },
  {
    name: 'with another id',
    alter: (body) => body.replace(/"orderId":"\w+"/, '"orderId":"C02__1"'),
    outcome: 'accepted',
    venueOrderId: 'C02__1',
  },
]);
