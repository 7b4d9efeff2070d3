/**
 * Answers to a create that are not what they should be: the order is in place, and the outcome says no more than is proven.
 *
 * Entry point: `alteredAnswerCases`, with a venue's table of what becomes of its answers on their way back.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { SendOutcome } from '../../core/venue/outcome.ts';
import { START_PRICE } from './cases.ts';
import { openVenue } from './venue-under-test.ts';
import type { OpenVenue, VenueUnderTest } from './venue-under-test.ts';
import { GatewayFixture, freshId } from './world.ts';

export interface AlteredAnswer {
  /** Goes on after "an answer": `without an order id`. */
  readonly name: string;
  readonly alter: (body: string) => string;
  readonly outcome: SendOutcome['kind'];
  /** The id that an accepted order is then known by, where it is not the venue's. */
  readonly venueOrderId?: string;
}

/** Answers that no venue gives, each in the place of one that it does. */
const OF_NO_VENUE: readonly AlteredAnswer[] = [
  { name: 'that is unchanged', alter: (body) => body, outcome: 'accepted' },
  { name: 'of a proxy', alter: () => '<html>Welcome</html>', outcome: 'unknown' },
  { name: 'that is a list', alter: () => '[]', outcome: 'unknown' },
  { name: 'that is nothing', alter: () => 'null', outcome: 'unknown' },
];

/** `createPath` begins the target of a create of `kind`. */
export function alteredAnswerCases(
  underTest: VenueUnderTest,
  createPath: string,
  ofVenue: readonly AlteredAnswer[],
  kind: InstrumentKind = 'spot',
): void {
  describe(`answers of ${kind} that are not what they should be`, () => {
    let venue: OpenVenue;
    let one: GatewayFixture;
    let proxy: Server;
    let alter: AlteredAnswer['alter'] = (body) => body;

    beforeAll(async () => {
      venue = await openVenue(underTest, { limits: false });
      const { symbols, control, endpoints } = venue;
      const symbol = symbols[kind];
      if (symbol !== undefined) await control.price(symbol, START_PRICE);
      proxy = await proxyTo(endpoints.rest, (target, body) =>
        target.startsWith(createPath) ? alter(body) : body,
      );
      const rest = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      one = await GatewayFixture.open(venue, kind, { endpoints: { rest, ws: endpoints.ws } });
    });
    afterAll(async () => {
      await one.close();
      proxy.closeAllConnections();
      await new Promise((resolve) => {
        proxy.close(resolve);
      });
      await venue.close();
    });

    it.each([...OF_NO_VENUE, ...ofVenue])('an answer $name is $outcome', async (altered) => {
      ({ alter } = altered);
      const id = freshId();
      const order = one.limit(await one.priceAt('bid', '0.97'), { quantity: Decimal.parse('0.001') });
      const outcome = await one.send(order, { venueClientOrderId: id });
      expect(outcome.kind).toBe(altered.outcome);
      if (altered.venueOrderId !== undefined)
        expect(outcome).toMatchObject({ venueOrderId: altered.venueOrderId });
      expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
        kind: 'found',
        report: { venueClientOrderId: id },
      });
    });
  });
}

/** Headers that belong to one connection, not to the request. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
]);

/** Passes requests on; `alter` changes the body of an answer by the target that was asked for. To POST alone. */
async function proxyTo(origin: string, alter: (target: string, body: string) => string): Promise<Server> {
  const proxy = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', url = '/' } = request;
      const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        OF_CONNECTION.has(name) || value === undefined ? [] : [[name, String(value)]],
      );
      void fetch(origin + url, {
        method,
        headers,
        ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
      }).then(async (answer) => {
        const body = await answer.text();
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(method === 'POST' ? alter(url, body) : body);
      });
    });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  return proxy;
}
