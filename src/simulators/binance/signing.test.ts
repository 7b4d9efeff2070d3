import { describe, expect, test } from 'vitest';
import { BinanceRefusal } from './errors.ts';
import { hmac } from '../wire/signatures.ts';
import { checkTiming, isSignedBy, signaturePayload, socketSignaturePayload } from './signing.ts';
import { SPOT_POLICY } from './spot/instruments.ts';

/** The example key of rest-api.md. */
const SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
const HMAC = { key: 'key', secret: SECRET, passphrase: null };
const NOW = 1_700_000_000_000;
const LIFETIME = SPOT_POLICY.requestLifetime;

describe('signatures', () => {
  const parameters =
    'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559';

  test('the documented REST example', () => {
    expect(hmac(parameters, SECRET)).toBe('c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71');
  });

  test('query and body are joined without a separator, less the signature wherever it stands', () => {
    expect(signaturePayload('a=1&signature=ff&b=2', '')).toBe('a=1&b=2');
    expect(signaturePayload('a=1', 'b=2&signature=ff')).toBe('a=1b=2');
    expect(signaturePayload('signature=ff', '')).toBe('');
  });

  test('letter case of the signature does not matter, any other change does', () => {
    const signature = hmac('a=1', SECRET);
    expect(isSignedBy(HMAC, 'a=1', signature.toUpperCase())).toBe(true);
    expect(isSignedBy(HMAC, 'a=2', signature)).toBe(false);
    expect(isSignedBy(HMAC, 'a=1', `${signature}0`)).toBe(false);
  });

  test('the documented WebSocket API example', () => {
    const payload = socketSignaturePayload({
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01000000',
      price: '52000.00',
      recvWindow: 100,
      timestamp: 1_645_423_376_532,
      apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A',
      signature: 'not part of it',
    });
    expect(hmac(payload, SECRET)).toBe('aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24');
  });
});

describe('the timestamp rule', () => {
  function verdict(timestamp: string | undefined, recvWindow?: string): string {
    try {
      checkTiming(timestamp, recvWindow, NOW, LIFETIME);
      return 'accepted';
    } catch (error) {
      if (error instanceof BinanceRefusal) return `${error.code} ${error.message}`;
      throw error;
    }
  }
  const LATE = '-1021 Timestamp for this request is outside of the recvWindow.';
  const EARLY = "-1021 Timestamp for this request was 1000ms ahead of the server's time.";

  test.each([
    [NOW, undefined, 'accepted'],
    [NOW - 5000, undefined, 'accepted'],
    [NOW - 5001, undefined, LATE],
    [NOW + 999, undefined, 'accepted'],
    [NOW + 1000, undefined, EARLY],
    [NOW - 60_000, '60000', 'accepted'],
    [NOW - 100, '99.999', LATE],
    [NOW, '60001', '-1131 recvWindow must be less than 60000'],
    [
      NOW,
      '1.2345',
      "-1100 Illegal characters found in parameter 'recvWindow'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,3})?$'.",
    ],
  ])('%i with a window of %s: %s', (timestamp, recvWindow, expected) => {
    expect(verdict(String(timestamp), recvWindow)).toBe(expected);
  });

  test('microseconds are read as such', () => {
    expect(verdict(String(NOW * 1000))).toBe('accepted');
    expect(verdict(String((NOW - 5001) * 1000))).toBe(LATE);
  });

  test('a missing and a malformed timestamp', () => {
    expect(verdict(undefined)).toContain("-1102 Mandatory parameter 'timestamp'");
    expect(verdict('now')).toContain('-1100');
  });
});
