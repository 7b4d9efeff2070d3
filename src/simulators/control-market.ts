/**
 * The control calls that move a market: its price, its funding, its mark and index price, its book, its status.
 *
 * Entry point: `addMarketControl`. A part of control.ts.
 */
// oxlint-disable oxc/no-async-endpoint-handlers -- Fastify awaits its handlers; the rule is about Express.
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import { bookBody, fundingBody, markBody, priceBody, statusBody } from './control-bodies.ts';
import { ControlError, mustBeDone, parse } from './control-input.ts';
import { fundingRow } from './control-rows.ts';
import type { VenueRuntime } from './venue-runtime.ts';

export function addMarketControl(
  app: FastifyInstance,
  clock: Clock,
  venueOf: (parameters: unknown) => VenueRuntime,
): void {
  app.post('/control/:venue/funding', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, rate } = parse(fundingBody, request.body);
    if ((venue.exchange.instrument(symbol)?.swap ?? null) === null)
      throw new ControlError(400, `${symbol} is no swap of this venue`, 'symbol');
    const { payments } = mustBeDone(
      venue.exchange.settleFunding(clock.nowMs(), symbol, rate ?? null),
      'symbol',
    );
    await venue.durable();
    return payments.map(fundingRow);
  });

  app.post('/control/:venue/price', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, price, path, hold } = parse(priceBody, request.body);
    const prices = price === undefined ? (path ?? []) : [price];
    const field = price === undefined ? 'path' : 'price';
    mustBeDone(venue.exchange.movePrice(clock.nowMs(), symbol, prices, hold), field);
    await venue.durable();
    const market = venue.exchange.market(symbol);
    return { symbol, mid: market?.markPrice, last: market?.lastPrice, held: market?.held };
  });

  app.post('/control/:venue/mark', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, ...prices } = parse(markBody, request.body);
    mustBeDone(venue.exchange.setMarket(clock.nowMs(), symbol, prices), 'mark');
    await venue.durable();
    const market = venue.exchange.market(symbol);
    return { symbol, mark: market?.markPrice, index: market?.indexPrice };
  });

  app.post('/control/:venue/book', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, bids, asks, ...shape } = parse(bookBody, request.body);
    const shown = { ...shape, bidLevels: bids, askLevels: asks };
    mustBeDone(venue.exchange.setMarket(clock.nowMs(), symbol, { shape: shown }), 'distance');
    await venue.durable();
    const book = venue.exchange.book(symbol, 1);
    return { symbol, bid: book?.bids[0]?.[0] ?? null, ask: book?.asks[0]?.[0] ?? null };
  });

  app.post('/control/:venue/status', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, status } = parse(statusBody, request.body);
    mustBeDone(venue.exchange.setMarket(clock.nowMs(), symbol, { status }), 'status');
    await venue.durable();
    return { symbol, status };
  });
}
