import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ReadFailure } from './read-retry.ts';
import { TOKEN_LIFETIME_MS, signText, tokenMaker } from './signing.ts';

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

describe('tokens', () => {
  const NAME = 'organizations/a/apiKeys/b';
  const partOf = (token: string, index: number): Readonly<Record<string, unknown>> =>
    JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8'));
  const keyPair = (type: 'ES256' | 'EdDSA') =>
    type === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      : generateKeyPairSync('ed25519');

  it.each(['ES256', 'EdDSA'] as const)(
    'of %s name the key, their time and the request without its query',
    (alg) => {
      const { privateKey, publicKey } = keyPair(alg);
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      // As the JSON file of the portal holds it.
      const makeToken = tokenMaker(NAME, pem.replaceAll('\n', String.raw`\n`));
      const url = 'https://api.coinbase.com/api/v3/brokerage/orders/historical/fills?limit=1';
      const token = makeToken(1_790_000_000_900, { method: 'GET', url }, 5_000);
      expect(partOf(token, 0)).toMatchObject({ alg, kid: NAME, typ: 'JWT' });
      expect(partOf(token, 1)).toEqual({
        sub: NAME,
        iss: 'cdp',
        nbf: 1_789_999_999,
        exp: 1_790_000_005,
        uri: 'GET api.coinbase.com/api/v3/brokerage/orders/historical/fills',
      });
      const [head, claims, signature = ''] = token.split('.');
      const signed = Buffer.from(`${head}.${claims}`);
      const bytes = Buffer.from(signature, 'base64url');
      const isGood =
        alg === 'ES256'
          ? verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)
          : verify(null, signed, publicKey, bytes);
      expect(isGood).toBe(true);
    },
  );

  it('never live longer than the venue takes them, and differ', () => {
    const { privateKey } = keyPair('EdDSA');
    const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    for (const secret of [seed, Buffer.concat([seed, Buffer.alloc(32)])]) {
      const makeToken = tokenMaker(NAME, secret.toString('base64'));
      for (const at of [1_790_000_000_000, 1_790_000_000_001, 1_790_000_000_999]) {
        const { nbf, exp, uri } = partOf(makeToken(at, null), 1);
        expect(uri).toBeUndefined();
        expect(Number(exp) - Number(nbf)).toBeLessThanOrEqual(120);
        expect(Number(exp) * 1_000 - at).toBeGreaterThan(TOKEN_LIFETIME_MS - 1_000);
        expect(Number(exp) * 1_000 - at).toBeLessThanOrEqual(TOKEN_LIFETIME_MS);
      }
      expect(makeToken(0, null)).not.toBe(makeToken(0, null));
    }
  });

  it.each(['', 'a secret', 'QUJD', '-----BEGIN EC PRIVATE KEY-----\nnone\n-----END EC PRIVATE KEY-----'])(
    'are not made with %j, which is no key',
    (secret) => {
      expect(() => tokenMaker(NAME, secret)(0, null)).toThrow(ReadFailure);
    },
  );
});
