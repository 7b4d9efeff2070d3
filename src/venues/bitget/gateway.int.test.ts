import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { bitgetProtocolWith } from '../../simulators/bitget/protocol.ts';
import { STRICTEST } from '../../simulators/bitget/undecided.ts';
import type { UndecidedBehaviour } from '../../simulators/bitget/undecided.ts';
import { accountsAt, opener } from '../conformance/accounts-of-tests.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { START_PRICE, ok } from '../conformance/cases.ts';
import { collateralCase, priceLimitCases } from '../conformance/further-cases.ts';
import { GatewayFixture, Recorder, freshId, optionsFor } from '../conformance/world.ts';
import { BITGET_UNDER_TEST } from './conformance.ts';

const open = opener(BITGET_UNDER_TEST, bitgetProtocolWith, STRICTEST);

describe('one account', () => {
  const accounts = accountsAt(open);
  const { fixture } = accounts;

  it('trades spot and swaps out of one wallet, over one private stream', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
    expect(one.recorded.gaps).toHaveLength(1);
    const spot = { symbol: instrumentSymbol('BTC/USDT') };
    await one.place(one.market());
    await one.place(one.market({ ...spot, side: 'sell' }));
    await one.place(one.limit(await one.priceAt('bid', '0.985'), spot));
    await expect
      .poll(() => new Set(one.recorded.fills.map(({ symbol }) => symbol)))
      .toEqual(new Set(['BTC/USDT', 'BTC/USDT:USDT']));
    expect(ok(await one.gateway.openOrders()).map(({ symbol }) => symbol)).toEqual(['BTC/USDT']);
    expect(new Set(ok(await one.gateway.balances()).map(({ wallet }) => wallet))).toEqual(
      new Set(['unified']),
    );
    expect(ok(await one.gateway.margins())).toHaveLength(1);
  });

  it('keeps the quotes of a spot pair and its perpetual apart, which have one name', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
    const other = await fixture('spot');
    const symbols = [instrumentSymbol('BTC/USDT'), one.symbol] as const;
    for (const symbol of symbols) ok(await one.gateway.freshQuote(symbol, 60_000));
    ok(await other.gateway.freshQuote(symbols[0], 60_000));
    await accounts.venue.control.price(one.symbol, '66000');
    const bids = (of: GatewayFixture): (number | null)[] =>
      symbols.map((symbol) => {
        const bid = of.gateway.quote(symbol)?.bid ?? null;
        return bid === null ? null : Math.round(Number(bid.toString()) / 1_000);
      });
    await expect.poll(() => bids(one)).toEqual([60, 66]);
    await accounts.venue.control.price(symbols[0], '54000');
    await expect.poll(() => bids(one)).toEqual([54, 66]);
    expect(bids(other)[0]).toBe(54);
    for (const { symbol, bid } of one.recorded.quotes)
      if (symbol === symbols[0]) expect(bid?.atMost(Decimal.parse('61000'))).toBe(true);
    for (const symbol of symbols) await accounts.venue.control.price(symbol, START_PRICE);
  });

  collateralCase(accounts, [
    ['USDT', '1'],
    ['BTC', '0.98'],
  ]);

  priceLimitCases(accounts, { beyond: '1.06', most: '1.05', venueCode: '25206' });

  it('buys on spot by cost alone where no price protects the purchase, and sends nothing else', async () => {
    const one = await fixture('spot');
    const before = await accounts.venue.control.requestCount('create_order');
    const unprotected = { ...one.limit(Decimal.one), type: 'market', price: null } as const;
    expect(await one.send(unprotected)).toMatchObject({
      kind: 'refused',
      reason: { venueCode: 'not_expressible' },
    });
    expect(await accounts.venue.control.requestCount('create_order')).toBe(before);
  });

  it('has no order admitted after its lifetime, which no parameter states', async () => {
    const one = await fixture('linear_swap');
    await accounts.venue.control.fault({ kind: 'delay', route: 'create_order', delay_ms: 900, count: 1 });
    const outcome = await one.send(one.market(), { requestLifetimeMs: 300 });
    expect(outcome).toMatchObject({ kind: 'not_sent', reason: 'timestamp_refused' });
    expect(await one.trueOrders()).toHaveLength(0);
  });

  it('learns by a look-up of a reduce-only order that displaced another, whose answer has no id', async () => {
    const one = await fixture('linear_swap');
    await one.place(one.market());
    const reduces = { side: 'sell', reduceOnly: true } as const;
    const price = await one.priceAt('ask', '1.02');
    const [first, second] = [freshId(), freshId()];
    await one.place(one.limit(price, reduces), { venueClientOrderId: first });
    const outcome = await one.send(one.limit(price, { ...reduces, quantity: Decimal.parse('0.005') }), {
      venueClientOrderId: second,
    });
    expect(outcome).toMatchObject({ kind: 'unknown', detail: 'an answer without an order id' });
    expect(await one.gateway.lookUp(one.lookUpOf(second))).toMatchObject({
      kind: 'found',
      report: { venueClientOrderId: second, status: 'open' },
    });
    expect(await one.gateway.lookUp(one.lookUpOf(first))).toMatchObject({
      kind: 'found',
      report: { status: 'canceled' },
    });
  });

  it('of the former kind is refused by its name', async () => {
    const account = await accounts.venue.control.newAccount();
    await accounts.venue.control.fault({
      kind: 'http_error',
      route: 'settings',
      status: 400,
      code: 25_245,
      message: 'The account is not the unified account mode',
    });
    const gateway = accounts.venue.createGateway(optionsFor(accounts.venue, 'linear_swap', account));
    await expect(gateway.start(new Recorder())).rejects.toThrow('upgrade it to a unified trading account');
    await accounts.venue.control.clearFaults();
    await gateway.stop();
  });
});

/** The test's own venue, and an account there. */
async function at(
  undecided: Partial<UndecidedBehaviour>,
  kind: InstrumentKind,
  work: (one: GatewayFixture) => Promise<void>,
  isHedged = false,
): Promise<void> {
  const venue = await open(undecided);
  try {
    const one = await GatewayFixture.open(venue, kind, {}, async (account) => {
      if (isHedged) await venue.enterHedgeMode?.(account);
    });
    await work(one);
    await one.close();
  } finally {
    await venue.close();
  }
}

describe('where the documentation is silent', () => {
  it('an order that has ended is found by the history where a look-up by our id comes out empty', async () => {
    await at({ finishedByClientOidForMs: 0 }, 'linear_swap', async (one) => {
      const id = freshId();
      const venueOrderId = await one.place(one.market(), { venueClientOrderId: id });
      const found = { kind: 'found', report: { venueClientOrderId: id, status: 'filled' } };
      // One empty answer to a question by our id proves nothing.
      expect(await one.gateway.lookUp(one.lookUpOf(id, { thorough: false }))).toEqual({ kind: 'not_seen' });
      expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject(found);
      const known = one.lookUpOf(id, { thorough: false, venueOrderIds: [venueOrderId] });
      expect(await one.gateway.lookUp(known)).toMatchObject(found);
    });
  });

  it('refusals may come with HTTP 200', async () => {
    await at({ statusOfRefusals: 200 }, 'spot', async (one) => {
      const price = await one.priceAt('bid', '0.985');
      expect(await one.send(one.limit(price, { quantity: Decimal.parse('50') }))).toMatchObject({
        kind: 'refused',
        reason: { kind: 'insufficient_balance', venueCode: '25202' },
      });
      expect(await one.gateway.cancel(one.referenceTo(freshId()))).toMatchObject({ kind: 'not_found' });
      expect(await one.gateway.lookUp(one.lookUpOf(freshId()))).toMatchObject({ kind: 'absent' });
    });
  });

  it('a cancel that came too late is taken for what it is: the order stays filled', async () => {
    await at({ cancelTakenAfterFillMs: 60_000 }, 'spot', async (one) => {
      const id = freshId();
      await one.place(one.market(), { venueClientOrderId: id });
      expect(await one.gateway.cancel(one.referenceTo(id))).toEqual({ kind: 'accepted', report: null });
      expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
        kind: 'found',
        report: { status: 'filled' },
      });
      expect(await one.trueFills()).toHaveLength(1);
    });
  });

  it.each([true, false])(
    'executions may come after their order or before it (%s)',
    async (ordersBeforeFills) => {
      await at({ ordersBeforeFills }, 'linear_swap', async (one) => {
        await one.place(one.market());
        await expect.poll(() => one.recorded.fills).toHaveLength(1);
        await expect.poll(() => one.recorded.orders.at(-1)?.status).toBe('filled');
        // The connection itself, and nothing that is missing.
        expect(one.recorded.gaps).toHaveLength(1);
      });
    },
  );

  it.each(['short', 'enumerated'] as const)(
    'an execution names its position in words of either kind: %s',
    async (tradeSide) => {
      await at(
        { tradeSide },
        'linear_swap',
        async (one) => {
          const short = { positionSide: 'short' } as const;
          await one.place(one.market({ ...short, side: 'sell' }));
          await one.place(one.market({ ...short, side: 'buy' }), { reducing: true });
          await one.place(one.market({ positionSide: 'long' }));
          const page = ok(await one.gateway.fills(one.symbol, null, one.gateway.venueNow() - 60_000));
          expect(page.fills.map(({ side, positionSide }) => [side, positionSide])).toEqual([
            ['sell', 'short'],
            ['buy', 'short'],
            ['buy', 'long'],
          ]);
        },
        true,
      );
    },
  );
});

alteredAnswerCases(BITGET_UNDER_TEST, '/api/v3/trade/place-order', [
  {
    name: 'about an order with another client id',
    alter: (body) => body.replace(/"clientOid":"\w+"/, '"clientOid":"other"'),
    outcome: 'unknown',
  },
  {
    name: 'without a client id',
    alter: (body) => body.replace(/,?"clientOid":"\w+"/, ''),
    outcome: 'unknown',
  },
  {
    name: 'with null for an order id',
    alter: (body) => body.replace(/"orderId":"\d+"/, '"orderId":null'),
    outcome: 'unknown',
  },
  {
    name: 'without data',
    alter: (body) => body.replace(/"data":\{[^}]*\}/, '"data":null'),
    outcome: 'unknown',
  },
  {
    name: 'that says that the request timed out',
    alter: () => '{"code":"40010","msg":"Request timed out","requestTime":1,"data":null}',
    outcome: 'unknown',
  },
  {
    name: 'whose success is a number',
    alter: (body) => body.replace('"code":"00000"', '"code":0'),
    outcome: 'unknown',
  },
  {
    name: 'with a code of tomorrow',
    alter: () => '{"code":"29999","msg":"new","requestTime":1,"data":null}',
    outcome: 'unknown',
  },
]);
