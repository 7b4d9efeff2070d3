import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import type { FillsPage } from '../../core/venue/report.ts';
import { okxProtocolWith } from '../../simulators/okx/protocol.ts';
import { STRICTEST } from '../../simulators/okx/undecided.ts';
import { accountsAt, opener } from '../conformance/accounts-of-tests.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { ok } from '../conformance/cases.ts';
import { collateralCase, priceLimitCases } from '../conformance/further-cases.ts';
import { freshId } from '../conformance/world.ts';
import type { GatewayFixture } from '../conformance/world.ts';
import { OKX_UNDER_TEST } from './conformance.ts';

const open = opener(OKX_UNDER_TEST, okxProtocolWith, STRICTEST);

describe('one account', () => {
  const accounts = accountsAt(open);
  const { fixture, other } = accounts;

  it('trades spot and swaps out of one wallet, over one stream of two connections', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
    expect(one.recorded.gaps).toHaveLength(2);
    const spot = { symbol: instrumentSymbol('BTC/USDT') };
    await one.place(one.market());
    await one.place(one.market(spot));
    await one.place(one.limit(await one.priceAt('bid', '0.99'), spot));
    await expect
      .poll(() => new Set(one.recorded.fills.map(({ symbol }) => symbol)))
      .toEqual(new Set(['BTC/USDT', 'BTC/USDT:USDT']));
    expect(ok(await one.gateway.openOrders()).map(({ symbol }) => symbol)).toEqual(['BTC/USDT']);
    expect(new Set(ok(await one.gateway.balances()).map(({ wallet }) => wallet))).toEqual(
      new Set(['unified']),
    );
    expect(ok(await one.gateway.margins())).toHaveLength(1);
  });

  collateralCase(accounts, [
    ['USDT', '1'],
    ['BTC', '0.98'],
  ]);

  priceLimitCases(accounts, { beyond: '1.05', most: '1.02', venueCode: '51006' });

  it('lets no spot order be made smaller than it was asked for', async () => {
    const one = await fixture('spot');
    expect(await one.send(one.market({ quantity: Decimal.parse('50') }))).toMatchObject({
      kind: 'refused',
      reason: { kind: 'insufficient_balance' },
    });
    expect(await one.trueFills()).toHaveLength(0);
  });

  const stop = async (one: GatewayFixture) =>
    one.market({
      type: 'stop_market',
      side: 'buy',
      stopPrice: await one.priceAt('ask', '1.01'),
      stopDirection: 'up',
      trigger: 'last',
    });

  it.each(['spot', 'linear_swap'] as const)(
    'has no stop of %s admitted after its lifetime, which the venue knows no deadline for',
    async (kind) => {
      const one = await fixture(kind);
      await accounts.venue.control.fault({ kind: 'delay', route: 'create_order', delay_ms: 900, count: 1 });
      expect(await one.send(await stop(one), { requestLifetimeMs: 400 })).toMatchObject({
        kind: 'not_sent',
        reason: 'timestamp_refused',
      });
      expect(await one.trueOrders()).toHaveLength(0);
      const id = freshId();
      expect((await one.send(await stop(one), { venueClientOrderId: id })).kind).toBe('accepted');
      expect(await one.gateway.lookUp(one.lookUpOf(id, { conditional: true }))).toMatchObject({
        kind: 'found',
        report: { status: 'untriggered', venueClientOrderId: id },
      });
    },
  );

  it('proves that there is no stop by its own lists', async () => {
    const one = await fixture('linear_swap');
    const request = one.lookUpOf(freshId(), { conditional: true });
    expect((await one.gateway.lookUp(request)).kind).toBe('absent');
    await accounts.venue.control.fault({ kind: 'http_error', route: 'open_orders', status: 500, count: 4 });
    expect((await one.gateway.lookUp(request)).kind).toBe('failed');
  });

  it('finds orders and executions of spot under either type that the venue may list them by', async () => {
    const one = await fixture('spot', {}, await other({ spotListedAs: 'MARGIN' }));
    const since = one.gateway.venueNow() - 1_000;
    const [filled, canceled] = [freshId(), freshId()];
    await one.place(one.market(), { venueClientOrderId: filled });
    const price = await one.priceAt('bid', '0.99');
    const placed = await one.place(one.limit(price), { venueClientOrderId: canceled });
    expect(ok(await one.gateway.openOrders()).map(({ venueOrderId }) => venueOrderId)).toEqual([placed]);
    await one.gateway.cancel(one.referenceTo(canceled));
    await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(0);
    let cursor: string | null = null;
    const trades: string[] = [];
    for (let pages = 0; pages < 5; pages += 1) {
      const page: FillsPage = ok(await one.gateway.fills(one.symbol, cursor, since));
      trades.push(...page.fills.map(({ tradeId }) => tradeId));
      ({ cursor } = page);
      if (!page.hasMore) break;
    }
    expect(trades).toEqual((await one.trueFills()).map(({ trade_id: id }) => id));
    const absent = await one.gateway.lookUp(one.lookUpOf(freshId(), { since }));
    expect(absent.kind === 'absent' && absent.fills).toHaveLength(1);
  });

  it('takes a cancel that came too late, and a last message that comes twice, for what they are', async () => {
    const late = await other({ cancelTakenAfterFillMs: 60_000, repeatsLastMessage: true });
    const one = await fixture('linear_swap', {}, late);
    const id = freshId();
    await one.place(one.market(), { venueClientOrderId: id });
    expect(await one.gateway.cancel(one.referenceTo(id))).toEqual({ kind: 'accepted', report: null });
    await expect.poll(() => one.recorded.orders.filter(({ status }) => status === 'filled')).toHaveLength(2);
    const trades = new Set(one.recorded.fills.map(({ tradeId }) => tradeId));
    expect(trades.size).toBe((await one.trueFills()).length);
    expect(one.recorded.gaps).toHaveLength(2);
    expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
      kind: 'found',
      report: { status: 'filled' },
    });
  });
});

alteredAnswerCases(OKX_UNDER_TEST, '/api/v5/trade/order', [
  {
    name: 'about an order with another client id',
    alter: (body) => body.replace(/"clOrdId":"\w+"/, '"clOrdId":"other"'),
    outcome: 'unknown',
  },
  {
    name: 'without a client id',
    alter: (body) => body.replace(/"clOrdId":"\w+",/, ''),
    outcome: 'unknown',
  },
  {
    name: 'without an order id',
    alter: (body) => body.replace(/"ordId":"\d+",/, ''),
    outcome: 'unknown',
  },
  {
    name: 'without an order',
    alter: (body) => body.replace(/"data":\[.*\]/, '"data":[]'),
    outcome: 'unknown',
  },
  {
    name: 'that says an order timed out',
    alter: () =>
      '{"code":"1","data":[{"clOrdId":"","ordId":"","sCode":"51149","sMsg":"Order timed out."}],"msg":""}',
    outcome: 'unknown',
  },
  {
    name: 'with a code of tomorrow',
    alter: () => '{"code":"59999","data":[],"msg":"new"}',
    outcome: 'unknown',
  },
]);
