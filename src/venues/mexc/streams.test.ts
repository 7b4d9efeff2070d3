import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../ccxt/exact-json.ts';
import { bookTopic, fairPriceTopic, marketProtocol, spotEvents, swapEvents } from './market-streams.ts';
import { parseSwapInstruments } from './markets.ts';
import { BTC_SWAP } from './testing/payloads.ts';

const [swap] = parseSwapInstruments(parseExactJson(JSON.stringify([BTC_SWAP])));
const instrumentOf = (name: string) => (name === 'BTC_USDT' ? swap?.instrument : undefined);
const plain = (events: unknown): unknown => JSON.parse(JSON.stringify(events));
const spot = (message: object) => plain(spotEvents(JSON.stringify(message)));
const ofSwaps = (message: object) => plain(swapEvents(JSON.stringify(message), instrumentOf));

describe('market data', () => {
  it('subscribes to thirty channels of spot in a message, and to one of contracts', () => {
    const ofSpot = marketProtocol('spot', 'ws://127.0.0.1:1', instrumentOf);
    expect(ofSpot.mostTopics).toBe(30);
    expect(JSON.parse(ofSpot.subscribe([bookTopic('spot', 'BTCUSDT')], 1))).toEqual({
      method: 'SUBSCRIPTION',
      params: ['spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT'],
    });
    const protocol = marketProtocol('linear_swap', 'ws://127.0.0.1:1', instrumentOf);
    expect(protocol.topicsPerMessage).toBe(1);
    expect(JSON.parse(protocol.subscribe([bookTopic('linear_swap', 'BTC_USDT')], 1))).toEqual({
      method: 'sub.depth.full',
      param: { symbol: 'BTC_USDT', limit: 5 },
    });
    expect(JSON.parse(protocol.subscribe([fairPriceTopic('BTC_USDT')], 2))).toEqual({
      method: 'sub.fair.price',
      param: { symbol: 'BTC_USDT' },
    });
  });

  it('reads best prices of spot, a side that is not there too', () => {
    const best = { bidPrice: '93387.28', bidQuantity: '3.73485', askPrice: '', askQuantity: '' };
    expect(spot({ symbol: 'BTCUSDT', sendTime: 7, publicAggreBookTicker: best })).toEqual([
      {
        kind: 'top',
        venueSymbol: 'BTCUSDT',
        top: { bid: '93387.28', bidQuantity: '3.73485', ask: null, askQuantity: null, venueAt: 7 },
      },
    ]);
  });

  it('reads best prices of contracts with sizes in base units, and marks', () => {
    const book = { asks: [[60_001.5, 150, 2]], bids: [], version: 1 };
    expect(ofSwaps({ channel: 'push.depth.full', symbol: 'BTC_USDT', data: book, ts: 7 })).toEqual([
      {
        kind: 'top',
        venueSymbol: 'BTC_USDT',
        top: { bid: null, bidQuantity: null, ask: '60001.5', askQuantity: '0.015', venueAt: 7 },
      },
    ]);
    const price = { symbol: 'BTC_USDT', price: 60_000.5 };
    expect(ofSwaps({ channel: 'push.fair.price', symbol: 'BTC_USDT', data: price, ts: 7 })).toEqual([
      { kind: 'mark', venueSymbol: 'BTC_USDT', mark: '60000.5' },
    ]);
  });

  it('passes over pongs and answers, and takes no book of a contract that is not listed', () => {
    expect(spot({ id: 0, code: 0, msg: 'PONG' })).toEqual([]);
    expect(ofSwaps({ channel: 'pong', data: 7 })).toEqual([]);
    expect(ofSwaps({ channel: 'rs.sub.depth.full', data: 'success', ts: 7 })).toEqual([]);
    const book = { asks: [], bids: [] };
    expect(() => ofSwaps({ channel: 'push.depth.full', symbol: 'X', data: book, ts: 7 })).toThrow('unlisted');
  });
});
