import { expect, it } from 'vitest';
import { heldExchange, START_AT } from '../exchange/example-venue.ts';
import { exampleProtocol } from './example-protocol.ts';
import { InProcessVenue } from './in-process.ts';

const HEADERS = { 'x-key': 'alice-key' };
const ORDER = {
  method: 'POST',
  path: '/orders',
  query: '',
  headers: HEADERS,
  body: JSON.stringify({ symbol: 'BTC/USDT', side: 'buy', price: '50000', quantity: '0.1', id: 'mine' }),
};

function venueInProcess(): InProcessVenue {
  const nowMs = (): number => START_AT;
  const declaration = exampleProtocol.declare({
    exchange: heldExchange(),
    clock: { nowMs, sleep: () => Promise.withResolvers<void>().promise },
    limits: true,
    signal: new AbortController().signal,
    randomHex: (bytes) => '0'.repeat(2 * bytes),
  });
  return new InProcessVenue(declaration, nowMs);
}

it('a request is carried out when it is handed over, and answered in the venue’s own words', async () => {
  const venue = venueInProcess();
  expect(venue.routeOf(ORDER)).toBe('create_order');
  const placed = await venue.answer(ORDER);
  expect(placed.status).toBe(200);
  expect(JSON.parse(placed.body)).toMatchObject({ clientOrderId: 'mine', status: 'open' });
  expect(venue.refuse('rate_limit', 429, ORDER).status).toBe(429);
  expect((await venue.answer({ ...ORDER, path: '/nowhere' })).status).toBe(404);
});

it('a stream carries the events of the venue until either side ends it', async () => {
  const venue = venueInProcess();
  const messages: string[] = [];
  const client = {
    onMessage: (_route: string, message: string) => messages.push(message),
    onClose: () => messages.push('closed'),
  };
  expect(venue.connect('/nowhere', '', client)).toBeNull();
  const line = venue.connect('/public/trades', '', client);
  await venue.answer({ ...ORDER, body: ORDER.body.replace('"price":"50000",', '') });
  expect(messages.length).toBeGreaterThan(0);
  line?.hangUp();
  const before = messages.length;
  await venue.answer({ ...ORDER, body: ORDER.body.replace('"price":"50000",', '').replace('mine', 'next') });
  expect(messages).toHaveLength(before);
});
