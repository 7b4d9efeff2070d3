import { describe, expect, it } from 'vitest';
import { MalformedAnswer } from '../ccxt/exact-json.ts';
import { addressFrom, marketEvents, marketProtocol } from './streams.ts';
import { LISTED, json } from './testing/listed.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const instrumentOf = (venueSymbol: string) =>
  venueSymbol === 'XBTUSDTM' ? LISTED.linear_swap.instrument : undefined;

describe('the address of a stream', () => {
  const bullet = (endpoint: string) => ({
    token: '2neAiuYvAU737TOajb2U3uT8AEZqSWYe0fBD4LoHuXJ.ueCCihQ5_4GPpXKxWTDiFQ==',
    instanceServers: [
      { endpoint, encrypt: true, protocol: 'websocket', pingInterval: 18_000, pingTimeout: 10_000 },
    ],
  });

  it('comes with its token', () => {
    const url = new URL(addressFrom(json(bullet('wss://ws-api-futures.kucoin.com/')), null));
    expect(url.origin + url.pathname).toBe('wss://ws-api-futures.kucoin.com/');
    expect(url.searchParams.get('token')).toBe(bullet('').token);
  });

  it('has another origin where one is given', () => {
    expect(addressFrom(json(bullet('wss://ws-api-futures.kucoin.com/endpoint')), 'ws://127.0.0.1:1')).toMatch(
      /^ws:\/\/127\.0\.0\.1:1\/endpoint\?token=/,
    );
  });

  it('is encrypted otherwise, and there is one', () => {
    for (const endpoint of ['ws://ws-api-spot.kucoin.com/', 'nowhere'])
      expect(() => addressFrom(json(bullet(endpoint)), null)).toThrow(MalformedAnswer);
    expect(() => addressFrom(json({ token: 'one', instanceServers: [] }), null)).toThrow(MalformedAnswer);
  });
});

describe('market data', () => {
  it('subscribes to a hundred instruments with one message', () => {
    const protocol = marketProtocol('swap tickers', async () => 'ws://127.0.0.1:1', instrumentOf);
    expect(protocol.topicsPerMessage).toBe(100);
    expect(JSON.parse(protocol.subscribe(['XBTUSDTM', 'ETHUSDTM'], 3))).toEqual({
      id: '3',
      type: 'subscribe',
      topic: '/contractMarket/tickerV2:XBTUSDTM,ETHUSDTM',
    });
  });

  const events = (message: object): unknown => plain(marketEvents(JSON.stringify(message), instrumentOf));

  it('reads the best of a pair, and of a contract in base units', () => {
    expect(
      events({
        type: 'message',
        topic: '/market/ticker:BTC-USDT',
        subject: 'trade.ticker',
        data: {
          sequence: '1545896668986',
          price: '0.08',
          size: '0.011',
          bestAsk: '0.08',
          bestAskSize: '0.18',
          bestBid: '0.049',
          bestBidSize: '0.036',
          Time: 1_704_873_323_416,
        },
      }),
    ).toEqual([
      {
        kind: 'top',
        venueSymbol: 'BTC-USDT',
        top: { bid: '0.049', bidQuantity: '0.036', ask: '0.08', askQuantity: '0.18', venueAt: null },
      },
    ]);
    expect(
      events({
        topic: '/contractMarket/tickerV2:XBTUSDTM',
        type: 'message',
        subject: 'tickerV2',
        sn: 1_709_284_589_209,
        data: {
          symbol: 'XBTUSDTM',
          sequence: 1_709_284_589_209,
          bestBidSize: 713,
          bestBidPrice: '88987.4',
          bestAskPrice: '88987.5',
          bestAskSize: 1037,
          ts: 1_731_665_526,
        },
      }),
    ).toMatchObject([{ top: { bid: '88987.4', bidQuantity: '0.713', askQuantity: '1.037' } }]);
  });

  it('reads marks, passes over other subjects and other contracts, and ends at an error', () => {
    const mark = (subject: string) => ({
      topic: '/contract/instrument:XBTUSDTM',
      type: 'message',
      subject,
      data: { markPrice: 90_445.02, indexPrice: 90_445.02, granularity: 1_000, timestamp: 1_731_899_129_000 },
    });
    expect(events(mark('mark.index.price'))).toEqual([
      { kind: 'mark', venueSymbol: 'XBTUSDTM', mark: '90445.02' },
    ]);
    expect(events(mark('funding.rate'))).toEqual([]);
    expect(
      events({ topic: '/contractMarket/tickerV2:NOPEUSDTM', type: 'message', subject: 'tickerV2', data: {} }),
    ).toEqual([]);
    expect(events({ id: '1', type: 'welcome' })).toEqual([]);
    expect(() => events({ id: '1', type: 'error', code: 404, data: 'topic is not found' })).toThrow(
      MalformedAnswer,
    );
  });
});
