import { describe, expect, it } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import { marketEvents, marketProtocol, topicOf } from './streams.ts';

const events = (message: object, kind: InstrumentKind = 'linear_swap'): unknown =>
  JSON.parse(JSON.stringify(marketEvents(kind, JSON.stringify(message))));

describe('market data', () => {
  it('subscribes to a channel of a category with its instrument', () => {
    const subscribed = (kind: InstrumentKind, ...topics: string[]): unknown =>
      JSON.parse(marketProtocol(kind, 'ws://127.0.0.1:1').subscribe(topics, 1));
    expect(subscribed('spot', topicOf('books1', 'BTCUSDT'))).toEqual({
      op: 'subscribe',
      args: [{ instType: 'spot', topic: 'books1', symbol: 'BTCUSDT' }],
    });
    const both = [topicOf('books1', 'BTCUSDT'), topicOf('ticker', 'BTCUSDT')];
    expect(subscribed('linear_swap', ...both)).toEqual({
      op: 'subscribe',
      args: [
        { instType: 'usdt-futures', topic: 'books1', symbol: 'BTCUSDT' },
        { instType: 'usdt-futures', topic: 'ticker', symbol: 'BTCUSDT' },
      ],
    });
  });

  it('passes over what is of another kind under the same name', () => {
    const book = {
      arg: { instType: 'spot', topic: 'books1', symbol: 'BTCUSDT' },
      data: [{ a: [], b: [['1', '2']], ts: '7' }],
    };
    expect(events(book)).toEqual([]);
    expect(events(book, 'spot')).toMatchObject([{ kind: 'top', top: { bid: '1' } }]);
  });

  it('reads best prices, a side that is empty too', () => {
    const book = (a: string[][]) => ({
      action: 'snapshot',
      arg: { instType: 'usdt-futures', topic: 'books1', symbol: 'BTCUSDT' },
      data: [{ a, b: [['100.1', '1.5']], pseq: 0, seq: 1, ts: '7' }],
      ts: 8,
    });
    const top = { bid: '100.1', bidQuantity: '1.5', ask: '101', askQuantity: '2', venueAt: 7 };
    expect(events(book([['101', '2']]))).toEqual([{ kind: 'top', venueSymbol: 'BTCUSDT', top }]);
    expect(events(book([]))).toMatchObject([{ top: { ask: null, askQuantity: null } }]);
  });

  it('reads marks, which spot has not', () => {
    const ticker = (data: object) => ({
      action: 'snapshot',
      arg: { instType: 'usdt-futures', topic: 'ticker', symbol: 'BTCUSDT' },
      data: [data],
      ts: 1,
    });
    expect(events(ticker({ lastPrice: '60000', markPrice: '59999.50' }))).toEqual([
      { kind: 'mark', venueSymbol: 'BTCUSDT', mark: '59999.5' },
    ]);
    expect(events(ticker({ lastPrice: '60000' }))).toEqual([]);
  });

  it('passes over pongs, answers and errors', () => {
    expect(marketEvents('spot', 'pong')).toEqual([]);
    const arg = { instType: 'spot', topic: 'books1', symbol: 'BTCUSDT' };
    expect(events({ event: 'subscribe', arg })).toEqual([]);
    expect(events({ event: 'error', code: 30001, msg: 'no such channel', arg })).toEqual([]);
  });
});
