import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ccxtVersion, loadSigner, nativeHmac, urlEncoded } from './exchange.ts';

const ccxtRoot = dirname(dirname(createRequire(import.meta.url).resolve('ccxt')));

describe('signing through ccxt', () => {
  it('uses the pinned version', () => {
    // The parts of ccxt that we use were read and measured at this version.
    expect(ccxtVersion()).toBe('4.5.84');
  });

  it('signs the official example', async () => {
    // "HMAC Keys" under "SIGNED Endpoint Examples" of rest-api.md.
    const signer = await loadSigner('binance', {
      credentials: {
        apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A',
        secret: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
      },
      venueNow: () => 0,
    });
    const request = signer.sign(
      { api: 'private', path: 'order', method: 'POST' },
      { symbol: 'LTCBTC', side: 'BUY', type: 'LIMIT', quantity: '1', newClientOrderId: 'a' },
      1499827319559,
    );
    const [payload = '', signature] = (request.body ?? '').split('&signature=');
    expect(request.url).toBe('https://api.binance.com/api/v3/order');
    expect(request.headers['X-MBX-APIKEY']).toMatch(/^vmPUZE6/);
    expect(new URLSearchParams(payload).get('timestamp')).toBe('1499827319559');
    expect(signature).toBe(
      nativeHmac(payload, 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j', {
        outputLen: 32,
      }),
    );
  });

  it('takes the present where no time is given, and forgets a time that was', async () => {
    const signer = await loadSigner('binance', {
      credentials: { apiKey: 'key', secret: 'secret' },
      venueNow: () => 1_700_000_000_000.7,
    });
    const endpoint = { api: 'private', path: 'account', method: 'GET' };
    const timestamp = (url: string): string | null => new URL(url).searchParams.get('timestamp');
    expect(timestamp(signer.sign(endpoint, {}, 5).url)).toBe('5');
    expect(timestamp(signer.sign(endpoint, {}, null).url)).toBe('1700000000000');
    expect(() => signer.sign({ ...endpoint, api: 'nowhere' }, {}, 5)).toThrow();
    expect(timestamp(signer.sign(endpoint, {}, null).url)).toBe('1700000000000');
  });

  it('names no partner', async () => {
    const signer = await loadSigner('kucoin', {
      credentials: { apiKey: 'key', secret: 'secret', password: 'words' },
      venueNow: () => 7,
    });
    for (const api of ['private', 'futuresPrivate']) {
      const { headers } = signer.sign({ api, path: 'orders', method: 'POST' }, { size: 1 }, 5);
      expect(headers).toMatchObject({ 'KC-API-TIMESTAMP': '5', 'KC-API-KEY-VERSION': '2' });
      expect(Object.keys(headers).filter((name) => name.includes('PARTNER'))).toEqual([]);
    }
  });

  it('signs with the window of one request where the venue takes it as a header, and forgets it', async () => {
    const signer = await loadSigner('bybit', {
      credentials: { apiKey: 'key', secret: 'secret' },
      venueNow: () => 7,
    });
    const endpoint = { api: 'private', path: 'v5/order/create', method: 'POST' };
    const bounded = signer.sign(endpoint, { symbol: 'BTCUSDT' }, 5, { receiveWindowMs: 2_000 });
    expect(bounded.headers['X-BAPI-RECV-WINDOW']).toBe('2000');
    // "Create A Request" of Bybit's integration guidance: time, key, window and body are signed.
    expect(bounded.headers['X-BAPI-SIGN']).toBe(
      nativeHmac('5key2000{"symbol":"BTCUSDT"}', 'secret', { outputLen: 32 }),
    );
    expect(signer.sign(endpoint, {}, 5).headers['X-BAPI-RECV-WINDOW']).toBe('5000');
  });

  it('adds a header that the signature does not cover', async () => {
    const signer = await loadSigner('okx', {
      credentials: { apiKey: 'key', secret: 'secret', password: 'phrase' },
      venueNow: () => 7,
    });
    const endpoint = { api: 'private', path: 'trade/order', method: 'POST' };
    const order = { instId: 'BTC-USDT', clOrdId: 'a' };
    const plain = signer.sign(endpoint, order, 5);
    const bounded = signer.sign(endpoint, order, 5, { headers: { expTime: '2005' } });
    expect(bounded.headers).toEqual({ ...plain.headers, expTime: '2005' });
  });

  it('puts the parameters into a list where the venue takes no other body, and adds no tag of a broker', async () => {
    const signer = await loadSigner('okx', {
      credentials: { apiKey: 'key', secret: 'secret', password: 'phrase' },
      venueNow: () => 7,
    });
    const cancel = { api: 'private', path: 'trade/cancel-algos', method: 'POST' };
    const order = { instId: 'BTC-USDT', algoId: '1' };
    expect(signer.sign(cancel, order, 5, { asList: true }).body).toBe('[{"instId":"BTC-USDT","algoId":"1"}]');
    const create = { ...cancel, path: 'trade/{service}' };
    const signed = signer.sign(create, { service: 'order-algo', algoClOrdId: 'a' }, 5);
    expect(signed.url).toBe('https://www.okx.com/api/v5/trade/order-algo');
    expect(signed.body).toBe('{"algoClOrdId":"a"}');
  });

  it.each([
    // RFC 2202 and RFC 4231, test case 2.
    [16, '750c783e6ab0b503eaa86e310a5db738'],
    [20, 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    [32, '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    [48, 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649'],
    [
      64,
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
  ])('makes the HMAC of %i bytes', (outputLen, expected) => {
    const message = 'what do ya want for nothing?';
    expect(nativeHmac(message, 'Jefe', { outputLen })).toBe(expected);
    expect(nativeHmac(message, 'Jefe', { outputLen }, 'base64')).toBe(
      Buffer.from(expected, 'hex').toString('base64'),
    );
    expect(nativeHmac(message, 'Jefe', { outputLen }, 'binary')).toEqual(
      new Uint8Array(Buffer.from(expected, 'hex')),
    );
  });

  it('signs for an endpoint of a nested table', async () => {
    const signer = await loadSigner('bitget', {
      credentials: { apiKey: 'key', secret: 'secret', password: 'words' },
      venueNow: () => 7,
    });
    const endpoint = { api: ['private', 'uta'], path: 'v3/trade/order-info', method: 'GET' };
    const { url, headers } = signer.sign(endpoint, { clientOid: 'a' }, 5);
    expect(url).toBe('https://api.bitget.com/api/v3/trade/order-info?clientOid=a');
    // "Signature" of the API's introduction: timestamp, method, path with its query.
    const signed = '5GET/api/v3/trade/order-info?clientOid=a';
    expect(headers).toMatchObject({
      'ACCESS-TIMESTAMP': '5',
      'ACCESS-PASSPHRASE': 'words',
      'ACCESS-SIGN': nativeHmac(signed, 'secret', { outputLen: 32 }, 'base64'),
    });
  });

  it('signs by a token whose lifetime is that of one request, and sends nested bodies and repeated entries', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const signer = await loadSigner('coinbase', {
      credentials: { apiKey: 'name', secret: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
      venueNow: () => 7_000,
    });
    const claimsOf = (headers: Readonly<Record<string, string>>): unknown =>
      JSON.parse(
        Buffer.from(headers['Authorization']?.split('.')[1] ?? '', 'base64url').toString('utf8'),
      ) as unknown;
    const create = { api: ['v3', 'private'], path: 'brokerage/orders', method: 'POST' };
    const body = { side: 'BUY', order_configuration: { limit_limit_gtc: { base_size: '1' } } };
    const made = signer.sign(create, body, 5_000, { receiveWindowMs: 2_000 });
    expect(made.url).toBe('https://api.coinbase.com/api/v3/brokerage/orders');
    expect(JSON.parse(made.body ?? '')).toEqual(body);
    expect(claimsOf(made.headers)).toMatchObject({
      exp: 7,
      uri: 'POST api.coinbase.com/api/v3/brokerage/orders',
    });
    const list = { api: ['v3', 'private'], path: 'brokerage/orders/historical/batch', method: 'GET' };
    const read = signer.sign(list, { order_status: ['OPEN', 'QUEUED'], limit: 2 }, null);
    expect(read.url.split('?')[1]).toBe('order_status=OPEN&order_status=QUEUED&limit=2');
    expect(claimsOf(read.headers)).toMatchObject({ exp: 125 });
    const open = signer.sign({ api: ['v3', 'public'], path: 'brokerage/time', method: 'GET' }, {}, null);
    expect(open.headers['Authorization']).toBeUndefined();
  });

  it('writes parameters as ccxt does', async () => {
    const file = join(ccxtRoot, 'js', 'src', 'base', 'functions', 'encode.js');
    const { urlencode: ccxts } = (await import(pathToFileURL(file).href)) as {
      readonly urlencode: Parameters<typeof urlEncoded>[0];
    };
    const ours = urlEncoded(ccxts);
    const withoutCcxt = urlEncoded(() => 'asked ccxt');
    const order = {
      timestamp: 1_790_000_000_001,
      symbol: 'BTCUSDT',
      quantity: '0.001',
      newClientOrderId: 'a-b_c~d.e',
    };
    expect(withoutCcxt(order)).toBe(ccxts(order));
    expect(withoutCcxt({})).toBe('');
    for (const odd of ['a b', "o'clock", '1+1', 'a&b=c', '100%', 'ä', ''])
      expect(ours({ a: odd, [odd]: 'a' })).toBe(ccxts({ a: odd, [odd]: 'a' }));
    expect(ours({ a: 1e21, b: undefined, c: null, d: true, e: ['x', { f: 1 }] })).toBe(
      ccxts({ a: 1e21, b: undefined, c: null, d: true, e: ['x', { f: 1 }] }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.integer())),
        (parameters) => {
          expect(ours(parameters)).toBe(ccxts(parameters));
        },
      ),
    );
  });
});
