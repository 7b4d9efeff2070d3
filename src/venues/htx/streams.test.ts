import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MalformedAnswer } from '../ccxt/exact-json.ts';
import {
  answerMarketPing,
  answerPrivatePing,
  loginParameters,
  marketEvents,
  marketProtocol,
  topicOf,
  unpacked,
} from './streams.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('market data', () => {
  it('subscribes to a pair at a time', () => {
    const protocol = marketProtocol('ws://127.0.0.1:1');
    expect(JSON.parse(protocol.subscribe([topicOf('btcusdt')], 3))).toEqual({
      sub: 'market.btcusdt.bbo',
      id: '3',
    });
    expect(protocol.topicsPerMessage).toBe(1);
  });

  it('unpacks what is packed with gzip, and nothing that is too long', () => {
    expect(unpacked(gzipSync('{"ping":1}'))).toBe('{"ping":1}');
    expect(() => unpacked(new Uint8Array([1, 2, 3]))).toThrow(MalformedAnswer);
    expect(() => unpacked(gzipSync('a'.repeat(1_000_001)))).toThrow(MalformedAnswer);
  });

  it('reads best prices, a side that is empty too, and passes over the rest', () => {
    const tick = { seqId: 1, ask: 52665.02, askSize: 1.502181, bid: 52665.01, bidSize: 0.178567 };
    const message = (change: object) =>
      JSON.stringify({
        ch: 'market.btcusdt.bbo',
        ts: 2,
        tick: { ...tick, quoteTime: 1_489_474_082_811, symbol: 'btcusdt', ...change },
      });
    const top = {
      bid: '52665.01',
      bidQuantity: '0.178567',
      ask: '52665.02',
      askQuantity: '1.502181',
      venueAt: 1_489_474_082_811,
    };
    expect(plain(marketEvents(message({})))).toEqual([{ kind: 'top', venueSymbol: 'btcusdt', top }]);
    expect(plain(marketEvents(message({ ask: null, askSize: null })))).toMatchObject([
      { top: { ask: null, askQuantity: null } },
    ]);
    expect(marketEvents('{"id":"1","status":"ok","subbed":"market.btcusdt.bbo","ts":1}')).toEqual([]);
    expect(marketEvents('{"status":"error","err-code":"bad-request","ts":1}')).toEqual([]);
  });

  it('answers pings with what they hold', () => {
    expect(answerMarketPing('{"ping":1492420473027}')).toBe('{"pong":1492420473027}');
    expect(answerMarketPing('{"ch":"market.btcusdt.bbo","tick":{}}')).toBeNull();
  });
});

describe('the account', () => {
  it('answers pings with their data', () => {
    expect(answerPrivatePing('{"action":"ping","data":{"ts":1575537778295}}')).toBe(
      '{"action":"pong","data":{"ts":1575537778295}}',
    );
    expect(answerPrivatePing('{"action":"push","ch":"orders#*","data":{"symbol":"ping"}}')).toBeNull();
  });

  it('signs a login over host and path, with a time in seconds', () => {
    const parameters = loginParameters(
      { apiKey: 'key', secret: 'secret' },
      'wss://api.huobi.pro/ws/v2',
      Date.parse('2026-11-30T12:00:00.987Z'),
    );
    expect(parameters).toMatchObject({
      authType: 'api',
      accessKey: 'key',
      signatureMethod: 'HmacSHA256',
      signatureVersion: '2.1',
      timestamp: '2026-11-30T12:00:00',
      signature: expect.stringMatching(/^[\w+/]{43}=$/),
    });
  });
});
