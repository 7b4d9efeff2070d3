import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { marketEvents, marketProtocol, signText } from './streams.ts';

describe('signing', () => {
  it('makes the HMAC of the official example', () => {
    // "SIGNED request example (HMAC)" of web-socket-api.md.
    const payload =
      'apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&newOrderRespType=ACK&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT';
    expect(signText('NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j', payload)).toBe(
      'cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a',
    );
  });

  it.each(['ed25519', 'rsa'] as const)('signs with a private key of type %s', (type) => {
    const { privateKey } =
      type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    const secret = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const signature = Buffer.from(signText(secret, 'payload'), 'base64');
    expect(
      verify(
        type === 'rsa' ? 'sha256' : null,
        Buffer.from('payload'),
        createPublicKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
        signature,
      ),
    ).toBe(true);
  });
});

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
