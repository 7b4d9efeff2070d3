import { describe, expect, it } from 'vitest';
import { MessageCount } from './message-count.ts';
import { marketEventsIn, marketProtocol } from './streams.ts';

const BOOKS = {
  bookOf: (id: string) => (id === 'BTC-USDC' ? 'BTC-USD' : id),
  productsOf: (id: string) => (id === 'BTC-USD' ? ['BTC-USD', 'BTC-USDC'] : [id]),
};

const ticker = (product_id: string, best: object) =>
  JSON.stringify({
    channel: 'ticker',
    client_id: '',
    timestamp: '2026-11-30T12:00:00.123456789Z',
    sequence_num: 12,
    events: [{ type: 'update', tickers: [{ type: 'ticker', product_id, price: '68900.50', ...best }] }],
  });

describe('market data', () => {
  it('subscribes one channel a message, and keeps it open by heartbeats', () => {
    const protocol = marketProtocol('ws://127.0.0.1:1', BOOKS);
    expect(JSON.parse(protocol.subscribe(['BTC-USD', 'ETH-USD'], 3))).toEqual({
      type: 'subscribe',
      channel: 'ticker',
      product_ids: ['BTC-USD', 'ETH-USD'],
    });
    expect(JSON.parse(protocol.pingMessage?.() ?? '')).toEqual({ type: 'subscribe', channel: 'heartbeats' });
  });

  it('gives a book to every product that trades in it', () => {
    const best = {
      best_bid: '68900.00',
      best_bid_quantity: '1.50000000',
      best_ask: '68901.00',
      best_ask_quantity: '0.50000000',
    };
    const top = {
      bid: '68900',
      bidQuantity: '1.5',
      ask: '68901',
      askQuantity: '0.5',
      venueAt: Date.UTC(2026, 10, 30, 12, 0, 0, 123),
    };
    expect(JSON.parse(JSON.stringify(marketEventsIn(ticker('BTC-USD', best), BOOKS)))).toEqual([
      { kind: 'top', venueSymbol: 'BTC-USD', top },
      { kind: 'top', venueSymbol: 'BTC-USDC', top },
    ]);
  });

  it('takes a side that nobody quotes for empty, and other channels for nothing', () => {
    const [event] = marketEventsIn(ticker('ETH-USD', { best_bid: '', best_ask: '2500' }), BOOKS);
    expect(event).toMatchObject({ venueSymbol: 'ETH-USD', top: { bid: null } });
    expect(marketEventsIn('{"channel":"heartbeats","events":[]}', BOOKS)).toEqual([]);
  });
});

describe('the count of messages', () => {
  const count = (...numbers: readonly number[]): readonly string[] => {
    const counting = new MessageCount();
    counting.begin();
    return numbers.map((sequence_num) => counting.note({ sequence_num }).kind);
  };

  it('notices what is missing, what comes late and what comes twice', () => {
    expect(count(0, 1, 2)).toEqual(['next', 'next', 'next']);
    expect(count(0, 3, 1, 1, 2, 4)).toEqual(['next', 'gap', 'late', 'repeated', 'late', 'next']);
    expect(count(5, 5, 4)).toEqual(['next', 'repeated', 'repeated']);
  });

  it('says how many are missing, and counts a new connection anew', () => {
    const counting = new MessageCount();
    counting.note({ sequence_num: 7 });
    expect(counting.note({ sequence_num: 10 })).toEqual({ kind: 'gap', missing: 2 });
    counting.begin();
    expect(counting.note({ sequence_num: 0 })).toEqual({ kind: 'next' });
  });
});
