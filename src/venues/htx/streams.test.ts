import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MalformedAnswer, parseExactJson } from '../ccxt/exact-json.ts';
import { parseSwapContracts } from './markets.ts';
import {
  answerContractPing,
  answerMarketPing,
  answerPrivatePing,
  contractEvents,
  contractLogin,
  contractProtocol,
  loginParameters,
  marketEvents,
  markTopicOf,
  marketProtocol,
  topicOf,
  unpacked,
} from './streams.ts';
import { CONTRACTS, PRICE_LIMITS } from './testing/payloads.ts';

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

describe('contracts', () => {
  const listed = parseSwapContracts(
    parseExactJson(JSON.stringify(CONTRACTS)),
    parseExactJson(JSON.stringify(PRICE_LIMITS)),
  );
  const instrumentOf = (name: string) => listed.find(({ venueSymbol }) => venueSymbol === name)?.instrument;

  it('subscribes to the marks over a connection of their own', () => {
    const protocol = contractProtocol('marks', 'ws://127.0.0.1:1', instrumentOf);
    expect(JSON.parse(protocol.subscribe([markTopicOf('BTC-USDT')], 3))).toEqual({
      sub: 'market.BTC-USDT.mark_price.1min',
      id: '3',
    });
  });

  it('reads best prices with sizes in contracts, a side that is left out, and marks', () => {
    const tick = { mrid: 1, id: 2, bid: [13064, 38], ask: [13072.3, 205], ts: 1_603_707_934_525, version: 1 };
    const message = (change: object) =>
      JSON.stringify({ ch: 'market.BTC-USDT.bbo', ts: 2, tick: { ...tick, ...change } });
    const events = (text: string) => plain(contractEvents(text, instrumentOf));
    expect(events(message({}))).toEqual([
      {
        kind: 'top',
        venueSymbol: 'BTC-USDT',
        top: {
          bid: '13064',
          bidQuantity: '0.038',
          ask: '13072.3',
          askQuantity: '0.205',
          venueAt: 1_603_707_934_525,
        },
      },
    ]);
    expect(events(message({ ask: undefined }))).toMatchObject([{ top: { ask: null, askQuantity: null } }]);
    const mark = { ch: 'market.BTC-USDT.mark_price.1min', ts: 2, tick: { id: 1, close: '31078.68' } };
    expect(events(JSON.stringify(mark))).toEqual([
      { kind: 'mark', venueSymbol: 'BTC-USDT', mark: '31078.68' },
    ]);
    expect(events(message({}).replace('BTC-USDT', 'NO-USDT'))).toEqual([]);
  });

  it('answers pings with their time, and signs a login like a request', () => {
    expect(answerContractPing('{"op":"ping","ts":"1492420473058"}')).toBe(
      '{"op":"pong","ts":"1492420473058"}',
    );
    expect(answerContractPing('{"op":"notify","topic":"ping"}')).toBeNull();
    expect(
      contractLogin(
        { apiKey: 'key', secret: 'secret' },
        'wss://api.hbdm.vn/ws/v5/notification',
        Date.parse('2026-11-30T12:00:00.987Z'),
      ),
    ).toMatchObject({
      op: 'auth',
      type: 'api',
      AccessKeyId: 'key',
      SignatureVersion: '2',
      Timestamp: '2026-11-30T12:00:00',
      Signature: expect.stringMatching(/^[\w+/]{43}=$/),
    });
  });
});
