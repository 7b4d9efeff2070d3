import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signText } from './signing.ts';

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

  it('encodes an HMAC as the venue wants it', () => {
    const inHex = signText('secret', 'payload');
    expect(signText('secret', 'payload', 'base64')).toBe(Buffer.from(inHex, 'hex').toString('base64'));
  });
});
