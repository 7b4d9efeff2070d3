import { describe, expect, it } from 'vitest';
import { MarketMessages, marketProtocol } from './streams.ts';

const events = (reader: MarketMessages, message: object): unknown =>
  JSON.parse(JSON.stringify(reader.read(JSON.stringify(message))));

describe('market data', () => {
  it('subscribes as the venue has it, ten topics a message on spot', () => {
    const protocol = marketProtocol('spot', 'ws://127.0.0.1:1');
    expect(protocol.topicsPerMessage).toBe(10);
    expect(JSON.parse(protocol.subscribe(['orderbook.1.BTCUSDT'], 3))).toEqual({
      op: 'subscribe',
      req_id: '3',
      args: ['orderbook.1.BTCUSDT'],
    });
  });

  it('keeps the mark price over changes that leave it out', () => {
    const reader = new MarketMessages();
    const ticker = (type: string, data: object) => ({
      topic: 'tickers.BTCUSDT',
      type,
      data: { symbol: 'BTCUSDT', ...data },
      ts: 1,
    });
    const mark = (value: string) => [{ kind: 'mark', venueSymbol: 'BTCUSDT', mark: value }];
    expect(events(reader, ticker('delta', { lastPrice: '1' }))).toEqual([]);
    expect(events(reader, ticker('snapshot', { markPrice: '59999.50', lastPrice: '1' }))).toEqual(
      mark('59999.5'),
    );
    expect(events(reader, ticker('delta', { lastPrice: '2' }))).toEqual(mark('59999.5'));
    expect(events(reader, ticker('delta', { markPrice: '60001.00' }))).toEqual(mark('60001'));
  });

  it('takes a snapshot for the whole best price, and a change of one side for that side', () => {
    const reader = new MarketMessages();
    const book = (type: string, b: string[][], a: string[][]) => ({
      topic: 'orderbook.1.BTCUSDT',
      ts: 2,
      type,
      data: { s: 'BTCUSDT', b, a, u: 1, seq: 1 },
      cts: 1,
    });
    const top = (bid: string | null, ask: string | null) => [
      {
        kind: 'top',
        venueSymbol: 'BTCUSDT',
        top: {
          bid,
          bidQuantity: bid === null ? null : '1.5',
          ask,
          askQuantity: ask === null ? null : '2',
          venueAt: 1,
        },
      },
    ];
    expect(events(reader, book('snapshot', [['100', '1.5']], [['101', '2']]))).toEqual(top('100', '101'));
    expect(events(reader, book('delta', [['99', '1.5']], []))).toEqual(top('99', '101'));
    expect(events(reader, book('snapshot', [['98', '1.5']], []))).toEqual(top('98', null));
  });

  it('passes over answers and other topics', () => {
    const reader = new MarketMessages();
    expect(events(reader, { success: true, ret_msg: '', conn_id: '1', op: 'subscribe' })).toEqual([]);
    expect(events(reader, { topic: 'publicTrade.BTCUSDT', data: [] })).toEqual([]);
  });
});
