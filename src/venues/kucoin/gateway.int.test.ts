import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { kucoinProtocolWith } from '../../simulators/kucoin/protocol.ts';
import { STRICTEST } from '../../simulators/kucoin/undecided.ts';
import type { UndecidedBehaviour } from '../../simulators/kucoin/undecided.ts';
import { accountsAt, opener } from '../conformance/accounts-of-tests.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { GatewayFixture, freshId } from '../conformance/world.ts';
import { KUCOIN_UNDER_TEST } from './conformance.ts';

const open = opener(KUCOIN_UNDER_TEST, kucoinProtocolWith, STRICTEST);

/** One account at a venue of its own. */
async function alone(
  kind: InstrumentKind,
  undecided: Partial<UndecidedBehaviour>,
  act: (one: GatewayFixture) => Promise<void>,
): Promise<void> {
  const venue = await open(undecided);
  const one = await GatewayFixture.open(venue, kind);
  try {
    await act(one);
  } finally {
    await one.close();
    await venue.close();
  }
}

describe('one account', () => {
  const accounts = accountsAt(open);
  const { fixture } = accounts;

  it('trades spot and swaps out of two wallets, over a private stream of each', async () => {
    const one = await fixture('linear_swap', { kinds: ['spot', 'linear_swap'] });
    expect(one.recorded.gaps).toHaveLength(2);
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
      new Set(['spot', 'linear_swap']),
    );
    const margins = await one.gateway.margins();
    expect(margins.kind === 'ok' && margins.value).toHaveLength(1);
  });

  it('pays the fee of a purchase in quote, and has what it bought whole', async () => {
    const one = await fixture('spot');
    await one.place(one.market());
    await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(0);
    for (const { feeAsset, fee, price, quantity } of one.recorded.fills) {
      expect(feeAsset).toBe('USDT');
      expect(fee.isPositive()).toBe(true);
      expect(fee.lessThan(price.multiply(quantity))).toBe(true);
    }
  });
});

it.each(['text', 'code', 'nothing'] as const)(
  'knows an absence that is a %s',
  async (absentSpotOrder) =>
    alone('spot', { absentSpotOrder }, async (one) => {
      expect(await one.gateway.lookUp(one.lookUpOf(freshId()))).toMatchObject({ kind: 'absent' });
    }),
  60_000,
);

it('takes a cancel that came too late for what it is: the order stays filled', async () =>
  alone('spot', { cancelTakenAfterFillMs: 60_000 }, async (one) => {
    const id = freshId();
    await one.place(one.market(), { venueClientOrderId: id });
    expect(await one.gateway.cancel(one.referenceTo(id))).toEqual({ kind: 'accepted', report: null });
    const answer = await one.gateway.lookUp(one.lookUpOf(id));
    expect(answer).toMatchObject({ kind: 'found', report: { status: 'filled' } });
    await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(0);
  }));

it('receives its executions though the venue leaves out that an order was received', async () =>
  alone('spot', { leavesOutReceived: true }, async (one) => {
    await one.place(one.market());
    await expect.poll(async () => one.recorded.fills.length === (await one.trueFills()).length).toBe(true);
  }));

it('has its orders refused in another margin mode, and sets cross mode when it is asked to', async () =>
  alone('linear_swap', { freshMarginMode: 'ISOLATED' }, async (one) => {
    expect(await one.send(one.market())).toMatchObject({
      kind: 'refused',
      reason: { kind: 'other', venueCode: '330005' },
    });
    expect(await one.gateway.setMarginMode(one.symbol, 'cross')).toEqual({ kind: 'set' });
    expect((await one.send(one.market())).kind).toBe('accepted');
  }));

alteredAnswerCases(KUCOIN_UNDER_TEST, '/api/v1/hf/orders', [
  {
    name: 'about an order with another client id',
    alter: (body) => body.replace(/"clientOid":"\w+"/, '"clientOid":"other"'),
    outcome: 'unknown',
  },
  {
    name: 'without a client id',
    alter: (body) => body.replace(/,"clientOid":"\w+"/, ''),
    outcome: 'unknown',
  },
  {
    name: 'without an order id',
    alter: (body) => body.replace(/"orderId":"\w+",/, ''),
    outcome: 'unknown',
  },
  {
    name: 'without data',
    alter: () => '{"code":"200000","data":null}',
    outcome: 'unknown',
  },
  {
    name: 'that says the server failed',
    alter: () => '{"code":"500000","msg":"Internal Server Error"}',
    outcome: 'unknown',
  },
  {
    name: 'that says the system is busy',
    alter: () => '{"code":"230005","msg":"System busy, please try again later"}',
    outcome: 'unknown',
  },
  {
    name: 'with a code of tomorrow',
    alter: () => '{"code":"102499","msg":"new"}',
    outcome: 'unknown',
  },
]);
