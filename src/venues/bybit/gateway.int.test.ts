import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import { bybitProtocolWith } from '../../simulators/bybit/protocol.ts';
import { STRICTEST } from '../../simulators/bybit/undecided.ts';
import { accountsAt, opener } from '../conformance/accounts-of-tests.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { START_PRICE } from '../conformance/cases.ts';
import { GatewayFixture, Recorder, freshId, optionsFor } from '../conformance/world.ts';
import { BYBIT_UNDER_TEST } from './conformance.ts';

const open = opener(BYBIT_UNDER_TEST, bybitProtocolWith, STRICTEST);

describe('one account', () => {
  const accounts = accountsAt(open);
  const { fixture } = accounts;

  it('trades spot and swaps out of one wallet, over one private stream', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
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
    const one = await fixture('linear_swap');
    const beyond = one.limit(await one.priceAt('bid', '0.9'), { side: 'sell' });
    expect(await one.send(beyond)).toMatchObject({
      kind: 'refused',
      reason: { kind: 'price_band', venueCode: '110120' },
    });
    expect(await one.trueOrders()).toHaveLength(0);
  });

  it('is not connected where the venue goes on moving prices', async () => {
    const account = await accounts.venue.control.newAccount();
    await accounts.venue.control.fault({ kind: 'http_error', route: 'settings', status: 500 });
    const gateway = accounts.venue.createGateway(optionsFor(accounts.venue, 'linear_swap', account));
    await expect(gateway.start(new Recorder())).rejects.toThrow('Set Price Limit Behaviour');
    await accounts.venue.control.clearFaults();
    await gateway.stop();
  });

  it('learns of a rejection that comes after the acknowledgement by its stream, and by a look-up', async () => {
    const late = await open({ rejectsLate: ['insufficient_balance', 'reduce_only_refused'] });
    try {
      for (const symbol of Object.values(late.symbols)) await late.control.price(symbol, START_PRICE);
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
        const answer = await one.gateway.lookUp(one.lookUpOf(id));
        expect(answer).toMatchObject({ kind: 'found', report: rejected });
      }
      await one.close();
    } finally {
      await late.close();
    }
  });

  it('takes a cancel that came too late for what it is: the order stays filled', async () => {
    const late = await open({ cancelTakenAfterFillMs: 60_000 });
    try {
      for (const symbol of Object.values(late.symbols)) await late.control.price(symbol, START_PRICE);
      const one = await GatewayFixture.open(late, 'spot');
      const id = freshId();
      await one.place(one.market(), { venueClientOrderId: id });
      expect(await one.gateway.cancel(one.referenceTo(id))).toEqual({ kind: 'accepted', report: null });
      await expect
        .poll(() => one.recorded.orders.filter(({ status }) => status === 'filled'))
        .toHaveLength(2);
      expect(one.recorded.fills).toHaveLength(1);
      await one.close();
    } finally {
      await late.close();
    }
  });
});

alteredAnswerCases(BYBIT_UNDER_TEST, '/v5/order/create', [
  {
    name: 'about an order with another client id',
    alter: (body) => body.replace(/"orderLinkId":"\w+"/, '"orderLinkId":"other"'),
    outcome: 'unknown',
  },
  {
    name: 'without a client id',
    alter: (body) => body.replace(/,"orderLinkId":"\w+"/, ''),
    outcome: 'unknown',
  },
  {
    name: 'without an order id',
    alter: (body) => body.replace(/"orderId":"\d+",/, ''),
    outcome: 'unknown',
  },
  {
    name: 'with an empty result',
    alter: (body) => body.replace(/"result":\{[^}]*\}/, '"result":{}'),
    outcome: 'unknown',
  },
  {
    name: 'that says a server timed out',
    alter: () => '{"retCode":10000,"retMsg":"Server Timeout","result":{}}',
    outcome: 'unknown',
  },
  {
    name: 'with a code of tomorrow',
    alter: () => '{"retCode":179999,"retMsg":"new","result":{}}',
    outcome: 'unknown',
  },
]);
