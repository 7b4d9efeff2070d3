import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../ccxt/exact-json.ts';
import { parseSwapInstruments } from './markets.ts';
import { marketEvents, marketProtocol, topicOf } from './streams.ts';
import { BTC_SWAP } from './testing/payloads.ts';

const [swap] = parseSwapInstruments([parseExactJson(JSON.stringify(BTC_SWAP))]);
const instrumentOf = (name: string) => (name === 'BTC-USDT-SWAP' ? swap?.instrument : undefined);
const events = (message: object): unknown =>
  JSON.parse(JSON.stringify(marketEvents(JSON.stringify(message), instrumentOf)));

describe('market data', () => {
  it('subscribes to a channel with its instrument', () => {
    const protocol = marketProtocol('ws://127.0.0.1:1', instrumentOf);
    const topics = [topicOf('bbo-tbt', 'BTC-USDT-SWAP'), topicOf('mark-price', 'BTC-USDT-SWAP')];
    expect(JSON.parse(protocol.subscribe(topics, 1))).toEqual({
      op: 'subscribe',
      args: [
        { channel: 'bbo-tbt', instId: 'BTC-USDT-SWAP' },
        { channel: 'mark-price', instId: 'BTC-USDT-SWAP' },
      ],
    });
  });

  it('reads best prices with their sizes in base units, a side that is empty too', () => {
    const book = (asks: string[][]) => ({
      arg: { channel: 'bbo-tbt', instId: 'BTC-USDT-SWAP' },
      data: [{ asks, bids: [['100', '150.5', '0', '3']], ts: '7', seqId: 1 }],
    });
    const top = { bid: '100', bidQuantity: '1.505', ask: '101', askQuantity: '0.02', venueAt: 7 };
    expect(events(book([['101', '2', '0', '1']]))).toEqual([
      { kind: 'top', venueSymbol: 'BTC-USDT-SWAP', top },
    ]);
    expect(events(book([]))).toMatchObject([{ top: { ask: null, askQuantity: null } }]);
  });

  it('reads marks', () => {
    const arg = { channel: 'mark-price', instId: 'BTC-USDT-SWAP' };
    expect(events({ arg, data: [{ instId: 'BTC-USDT-SWAP', markPx: '59999.50', ts: '1' }] })).toEqual([
      { kind: 'mark', venueSymbol: 'BTC-USDT-SWAP', mark: '59999.5' },
    ]);
  });

  it('passes over pongs, answers and errors, and takes no book of an instrument that is not listed', () => {
    expect(marketEvents('pong', instrumentOf)).toEqual([]);
    expect(events({ event: 'subscribe', arg: { channel: 'bbo-tbt', instId: 'X' }, connId: 'a' })).toEqual([]);
    expect(events({ event: 'error', code: '60018', msg: 'no such channel' })).toEqual([]);
    const book = { arg: { channel: 'bbo-tbt', instId: 'X-USDT' }, data: [{ asks: [], bids: [], ts: '1' }] };
    expect(() => events(book)).toThrow('unlisted symbol X-USDT');
  });
});
