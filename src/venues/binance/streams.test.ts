import { describe, expect, it } from 'vitest';
import { marketEvents, marketProtocol } from './streams.ts';

describe('market data', () => {
  it('subscribes as the venue has it', () => {
    const protocol = marketProtocol({ kind: 'spot', url: 'ws://127.0.0.1:1' });
    // "Subscribe to a stream" of web-socket-streams.md.
    expect(JSON.parse(protocol.subscribe(['btcusdt@bookTicker'], 1))).toEqual({
      method: 'SUBSCRIBE',
      params: ['btcusdt@bookTicker'],
      id: 1,
    });
  });

  it.each([
    ['the answer to a subscription', { result: null, id: 1 }, []],
    ['another event', { stream: 'btcusdt@trade', data: { e: 'trade', s: 'BTCUSDT' } }, []],
    [
      'a best bid and ask',
      { data: { u: 1, s: 'BTCUSDT', b: '25.35190000', B: '31.21', a: '25.36520000', A: '40.66' } },
      [
        {
          kind: 'top',
          venueSymbol: 'BTCUSDT',
          top: { bid: '25.3519', bidQuantity: '31.21', ask: '25.3652', askQuantity: '40.66', venueAt: null },
        },
      ],
    ],
    [
      'a mark price',
      { data: { e: 'markPriceUpdate', s: 'BTCUSDT', p: '11794.15000000' } },
      [{ kind: 'mark', venueSymbol: 'BTCUSDT', mark: '11794.15' }],
    ],
  ])('reads %s', (_name, message, events) => {
    expect(JSON.parse(JSON.stringify(marketEvents(JSON.stringify(message))))).toEqual(events);
  });
});
