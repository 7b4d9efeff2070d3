/**
 * MEXC's public streams: best bids and asks, and the fair prices of contracts.
 *
 * Entry points: `marketProtocol`, `bookTopic`, `fairPriceTopic`. Sources: "Individual Symbol Book Ticker Streams" of the spot v3 documentation;
 * "Depth" (`depth.full`) and "Fair Price" of the public channels of the contract documentation. The ticker of contracts has no quantities.
 */
import type { Instrument, InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import {
  MalformedAnswer,
  asObject,
  figure,
  isObject,
  optionalFigure,
  optionalText,
  parseExactJson,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import { topOf } from '../market-data.ts';
import type { MarketEvent, MarketProtocol } from '../market-stream.ts';
import { pushText } from './push-messages.ts';

/** The venue ends a connection that was silent for a minute; sooner pings show a loss sooner. */
export const PING_EVERY_MS = 5_000;
export const SPOT_PING = JSON.stringify({ method: 'PING' });
export const SWAP_PING = JSON.stringify({ method: 'ping' });

/** "One ws connection supports a maximum of 30 subscriptions" of spot; of contracts no page says how many, and each takes two. */
export const INSTRUMENTS_PER_CONNECTION: Readonly<Record<InstrumentKind, number>> = {
  spot: 30,
  linear_swap: 50,
};
const TOPICS_PER_INSTRUMENT: Readonly<Record<InstrumentKind, number>> = { spot: 1, linear_swap: 2 };

const SPOT_BOOK = 'spot@public.aggre.bookTicker.v3.api.pb@100ms@';
const DEPTH = 'depth.full';
const FAIR_PRICE = 'fair.price';
/** Levels of each side: 5, 10 or 20. */
const FEWEST_LEVELS = 5;

/** The topic of an instrument's best bid and ask. */
export function bookTopic(kind: InstrumentKind, venueSymbol: string): string {
  return kind === 'spot' ? `${SPOT_BOOK}${venueSymbol}` : `${DEPTH} ${venueSymbol}`;
}

export function fairPriceTopic(venueSymbol: string): string {
  return `${FAIR_PRICE} ${venueSymbol}`;
}

/** `instrumentOf`: by the venue's name; undefined for one that is not listed. */
export function marketProtocol(
  kind: InstrumentKind,
  url: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): MarketProtocol {
  const isSpot = kind === 'spot';
  return {
    name: `mexc ${kind} public stream`,
    url: async () => url,
    mostTopics: INSTRUMENTS_PER_CONNECTION[kind] * TOPICS_PER_INSTRUMENT[kind],
    topicsPerMessage: isSpot ? INSTRUMENTS_PER_CONNECTION.spot : 1,
    subscribe: isSpot ? spotSubscription : swapSubscription,
    reader: () => (message) => (isSpot ? spotEvents(message) : swapEvents(message, instrumentOf)),
    ...(isSpot ? { decode: pushText } : {}),
    pingMessage: () => (isSpot ? SPOT_PING : SWAP_PING),
    pingEveryMs: PING_EVERY_MS,
  };
}

function spotSubscription(topics: readonly string[]): string {
  return JSON.stringify({ method: 'SUBSCRIPTION', params: topics });
}

function swapSubscription([topic = '']: readonly string[]): string {
  const [channel = '', symbol = ''] = topic.split(' ');
  const limit = channel === DEPTH ? { limit: FEWEST_LEVELS } : {};
  return JSON.stringify({ method: `sub.${channel}`, param: { symbol, ...limit } });
}

/** A refused subscription is passed over: what is silent is read. */
export function spotEvents(message: string): readonly MarketEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  const best = body['publicAggreBookTicker'];
  if (!isObject(best)) return [];
  return [
    { kind: 'top', venueSymbol: text(body, 'symbol'), top: topFromPush(best, wholeNumber(body, 'sendTime')) },
  ];
}

/** A side that nobody quotes is empty. */
function topFromPush(best: JsonObject, venueAt: number): TopOfBook {
  return {
    bid: optionalFigure(best, 'bidPrice'),
    bidQuantity: optionalFigure(best, 'bidQuantity'),
    ask: optionalFigure(best, 'askPrice'),
    askQuantity: optionalFigure(best, 'askQuantity'),
    venueAt,
  };
}

export function swapEvents(
  message: string,
  instrumentOf: (venueSymbol: string) => Instrument | undefined,
): readonly MarketEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  const data = body['data'];
  if (!isObject(data)) return [];
  switch (optionalText(body, 'channel')) {
    case `push.${DEPTH}`: {
      const venueSymbol = text(body, 'symbol');
      const instrument = instrumentOf(venueSymbol);
      if (instrument === undefined) throw new MalformedAnswer(`unlisted symbol ${venueSymbol}`);
      return [
        {
          kind: 'top',
          venueSymbol,
          top: topOf({ bids: data['bids'], asks: data['asks'] }, wholeNumber(body, 'ts'), instrument),
        },
      ];
    }
    case `push.${FAIR_PRICE}`:
      return [{ kind: 'mark', venueSymbol: text(data, 'symbol'), mark: figure(data, 'price') }];
    default:
      return [];
  }
}
