import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import { coinbaseProtocolWith } from '../../simulators/coinbase/protocol.ts';
import { SLOWEST, STRICTEST } from '../../simulators/coinbase/undecided.ts';
import type { UndecidedBehaviour } from '../../simulators/coinbase/undecided.ts';
import { alteredAnswerCases } from '../conformance/altered-answers.ts';
import { START_PRICE } from '../conformance/cases.ts';
import { expectSameFills } from '../conformance/same-fills.ts';
import { openVenue } from '../conformance/venue-under-test.ts';
import type { OpenVenue } from '../conformance/venue-under-test.ts';
import { GatewayFixture, Recorder, TIMEOUTS, freshId, optionsFor } from '../conformance/world.ts';
import type { GatewayOptions } from '../connection.ts';
import { COINBASE_UNDER_TEST } from './conformance.ts';

/** The venue as it is, or with other answers to what its documentation leaves open. */
async function open(undecided: UndecidedBehaviour): Promise<OpenVenue> {
  const venue = await openVenue(COINBASE_UNDER_TEST, {
    limits: false,
    protocol: coinbaseProtocolWith(undecided),
  });
  for (const symbol of ['BTC/USDT', 'BTC/USD']) await venue.control.price(symbol, START_PRICE);
  return venue;
}

function accountsAt(undecided: UndecidedBehaviour): {
  readonly venue: () => OpenVenue;
  readonly fixture: (changes?: Partial<GatewayOptions>) => Promise<GatewayFixture>;
} {
  let venue: OpenVenue;
  const fixtures: GatewayFixture[] = [];
  beforeAll(async () => {
    venue = await open(undecided);
  });
  afterEach(async () => {
    for (const one of fixtures.splice(0)) await one.close();
    await venue.control.clearFaults();
  });
  afterAll(async () => {
    await venue.close();
  });
  return {
    venue: () => venue,
    fixture: async (changes = {}) => {
      const one = await GatewayFixture.open(venue, 'spot', changes);
      fixtures.push(one);
      return one;
    },
  };
}

describe('a venue that lists and cancels late', () => {
  const { fixture } = accountsAt(SLOWEST);

  it('finds an order that was just made, by the id that it was given and by ours', async () => {
    const one = await fixture();
    const price = await one.priceAt('bid', '0.97');
    const id = freshId();
    const placed = await one.place(one.limit(price), { venueClientOrderId: id });
    expect(await one.gateway.lookUp(one.lookUpOf(id, { venueOrderIds: [placed] }))).toMatchObject({
      kind: 'found',
      report: { status: 'open' },
    });
    const later = freshId();
    await one.place(one.limit(price), { venueClientOrderId: later });
    expect(await one.gateway.lookUp(one.lookUpOf(later))).toMatchObject({ kind: 'found' });
  });

  it('claims no absence of an order that was made and is not shown', async () => {
    const one = await fixture();
    const unknown = one.lookUpOf(freshId(), {
      venueOrderIds: [await one.place(one.market()).then(() => '0' as never)],
    });
    expect(await one.gateway.lookUp(unknown)).toMatchObject({ kind: 'failed' });
  });

  it('reads every fill that its stream counts, once they are listed', async () => {
    const one = await fixture();
    await one.place(one.market());
    const truth = await one.trueFills();
    await expect.poll(() => one.recorded.fills.length, { timeout: 5_000 }).toBe(truth.length);
    expectSameFills(one.recorded.fills, truth);
    expect(one.recorded.gaps).toHaveLength(1);
  });

  it('takes a queued cancel for what it is: the order works until its end comes', async () => {
    const one = await fixture();
    const id = freshId();
    await one.place(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
    expect(await one.gateway.cancel(one.referenceTo(id))).toEqual({ kind: 'accepted', report: null });
    expect((await one.gateway.cancel(one.referenceTo(id))).kind).toMatch(/accepted|not_found/);
    await expect
      .poll(() => one.recorded.orders.map(({ status }) => status), { timeout: 5_000 })
      .toEqual(['open', 'open', 'canceled']);
  });
});

describe('one account', () => {
  const { venue, fixture } = accountsAt(STRICTEST);

  it('cancels an order whose answer was lost, by the id that a list of orders gives', async () => {
    const one = await fixture();
    const id = freshId();
    const price = await one.priceAt('bid', '0.97');
    await venue().control.fault({ kind: 'ws_drop', route: 'private_stream' });
    await venue().control.fault({ kind: 'drop_response', route: 'create_order', count: 1 });
    expect((await one.send(one.limit(price), { venueClientOrderId: id })).kind).toBe('unknown');
    const before = await venue().control.requestCount('open_orders');
    expect((await one.gateway.cancel(one.referenceTo(id))).kind).toBe('accepted');
    expect(await venue().control.requestCount('open_orders')).toBe(before + 1);
    expect((await one.trueOrders()).map(({ status }) => status)).toEqual(['canceled']);
  });

  it('sends no cancel of an order that it cannot name', async () => {
    const one = await fixture();
    const before = await venue().control.requestCount('cancel_order');
    expect(await one.gateway.cancel(one.referenceTo(freshId()))).toMatchObject({ kind: 'not_found' });
    await venue().control.fault({ kind: 'http_error', route: 'open_orders', status: 500 });
    expect(await one.gateway.cancel(one.referenceTo(freshId()))).toMatchObject({ kind: 'not_sent' });
    expect(await venue().control.requestCount('cancel_order')).toBe(before);
  });

  it('names a repeat of a client id by the order that has it, whatever else it says', async () => {
    const one = await fixture();
    const id = freshId();
    const price = await one.priceAt('bid', '0.97');
    const first = await one.place(one.limit(price), { venueClientOrderId: id });
    const again = one.limit(price, { side: 'sell', price: await one.priceAt('ask', '1.03') });
    expect(await one.place(again, { venueClientOrderId: id })).toBe(first);
    expect(await one.trueOrders()).toHaveLength(1);
  });

  it('announces messages that were lost on a connection that goes on', async () => {
    const one = await fixture({ timeouts: { ...TIMEOUTS, streamEvidenceMs: 60_000 } });
    await venue().control.fault({ kind: 'ws_drop', route: 'private_stream', count: 1 });
    await one.place(one.limit(await one.priceAt('bid', '0.97')));
    await expect.poll(() => one.recorded.gaps.at(-1), { timeout: 5_000 }).toContain('1 messages are missing');
    expect(one.gateway.connection().privateStream).toBe('connected');
  });

  it('trades a product in USDC, whose book and quotes are those of the dollar', async () => {
    const one = await fixture();
    const inUsdc = { symbol: instrumentSymbol('BTC/USDC') };
    await expect.poll(() => one.gateway.quote(inUsdc.symbol)?.bid).toBeDefined();
    await one.place(one.market(inUsdc));
    await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(0);
    expect(one.recorded.fills[0]).toMatchObject({ ...inUsdc, feeAsset: 'USDC' });
    // The trade was in the book of the dollar, whose ticker speaks for both.
    const [usd, usdc] = await Promise.all(
      ['BTC/USD', 'BTC/USDC'].map(async (symbol) => one.gateway.freshQuote(instrumentSymbol(symbol), 0)),
    );
    if (usd?.kind !== 'ok' || usdc?.kind !== 'ok') expect.fail('no quotes');
    expect(usdc.value.bid?.toString()).toBe(usd.value.bid?.toString());
  });

  it('signs with an Ed25519 key as well, and says of a secret that is no key that it is none', async () => {
    const account = await venue().control.newAccount();
    const { privateKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'jwk' }).d ?? '';
    const secret = Buffer.concat([Buffer.from(seed, 'base64url'), Buffer.alloc(32)]).toString('base64');
    const refused = venue().createGateway(optionsFor(venue(), 'spot', { ...account, secret }));
    // A key of another kind than the venue has under that name: the token is well-formed, and refused.
    await expect(refused.start(new Recorder())).rejects.toThrow('HTTP 401');
    await refused.stop();
    const none = venue().createGateway(optionsFor(venue(), 'spot', { ...account, secret: 'hunter2' }));
    await expect(none.start(new Recorder())).rejects.toThrow('no private key');
    await none.stop();
  });
});

alteredAnswerCases(COINBASE_UNDER_TEST, '/api/v3/brokerage/orders', [
  {
    name: 'about an order with another client id',
    alter: (body) => body.replace(/"client_order_id":"\w+"/, '"client_order_id":"other"'),
    outcome: 'unknown',
  },
  {
    name: 'without a client id',
    alter: (body) => body.replace(/"client_order_id":"\w+",/, ''),
    outcome: 'unknown',
  },
  {
    name: 'without an order id',
    alter: (body) => body.replaceAll(/"order_id":"[\w-]+"/g, '"order_id":""'),
    outcome: 'unknown',
  },
  {
    name: 'without what it says of a success',
    alter: (body) => body.replace(/"success_response":\{[^}]*\},/, ''),
    outcome: 'unknown',
  },
  {
    name: 'that says that it failed without a reason',
    alter: () => '{"success":false,"failure_reason":"UNKNOWN_FAILURE_REASON"}',
    outcome: 'unknown',
  },
  {
    name: 'with a reason of tomorrow',
    alter: () =>
      '{"success":false,"error_response":{"error":"NEW","new_order_failure_reason":"NEW","message":""}}',
    outcome: 'unknown',
  },
]);
