import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { asset, instrumentSymbol, tradeId, venueOrderId } from '../../core/ids.ts';
import type { OrderReport, VenueFill } from '../../core/venue/report.ts';
import { Continuity, signText } from './streams.ts';

function reported(id: string, filled: string): OrderReport {
  return {
    symbol: instrumentSymbol('BTC/USDT'),
    venueOrderId: venueOrderId(id),
    venueClientOrderId: null,
    status: 'open',
    side: 'buy',
    quantity: null,
    price: null,
    filledQuantity: Decimal.parse(filled),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: 0,
  };
}

function executed(id: string, quantity: string): VenueFill {
  return {
    symbol: instrumentSymbol('BTC/USDT'),
    tradeId: tradeId('1'),
    venueOrderId: venueOrderId(id),
    venueClientOrderId: null,
    side: 'buy',
    price: Decimal.one,
    quantity: Decimal.parse(quantity),
    fee: Decimal.zero,
    feeAsset: asset('BTC'),
    liquidity: 'taker',
    realizedPnl: null,
    executedAt: 0,
  };
}

/** Events of one order as `[filled so far, this execution or nothing]`. */
function followed(events: readonly (readonly [string, string | null])[]): string[] {
  const continuity = new Continuity();
  return events.map(([filled, execution]) =>
    continuity.follow(reported('1', filled), execution === null ? null : executed('1', execution)),
  );
}

describe('continuity of a private stream', () => {
  it.each([
    [
      'a whole life',
      [
        ['0', null],
        ['0.4', '0.4'],
        ['1', '0.6'],
        ['1', null],
      ],
      [],
    ],
    ['a start in an execution', [['0.4', '0.4']], []],
    [
      'a first execution missed',
      [
        ['0', null],
        ['1', '0.6'],
      ],
      [1],
    ],
    ['a start after an execution', [['1', '0.6']], [0]],
    [
      'an execution missed before the end',
      [
        ['0.4', '0.4'],
        ['1', null],
      ],
      [1],
    ],
    [
      'a repeated execution',
      [
        ['0.4', '0.4'],
        ['0.4', '0.4'],
        ['1', '0.6'],
      ],
      [],
    ],
    [
      'two executions in the wrong order',
      [
        ['0', null],
        ['1', '0.6'],
        ['0.4', '0.4'],
      ],
      [1, 2],
    ],
  ] as const)('%s', (_name, events, broken) => {
    const told = followed(events);
    expect(told.flatMap((state, index) => (state === 'broken' ? [index] : []))).toEqual(broken);
  });

  it('follows each order by itself', () => {
    const continuity = new Continuity();
    expect(continuity.follow(reported('1', '0.4'), executed('1', '0.4'))).toBe('joined');
    expect(continuity.follow(reported('2', '0.5'), executed('2', '0.5'))).toBe('joined');
    expect(continuity.follow(reported('1', '0.5'), executed('1', '0.1'))).toBe('joined');
  });
});

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
