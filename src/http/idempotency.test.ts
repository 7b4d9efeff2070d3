import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { contentHash } from './idempotency.ts';

describe('the hash of a content', () => {
  it('is that of its text with names in order, figures in lowest terms and without what is not there', () => {
    const content = {
      symbol: 'BTC/USDT',
      Quantity: Decimal.of(100n, 4),
      price: null,
      note: 'say "é"',
      expires_at: 1_790_000_000_000,
      reduceOnly: false,
      absent: undefined,
      legs: [{ b: Decimal.of(-5n, 0), a: [true, 'x'] }, {}],
    };
    // Hashes are kept in the journal: the text must stay as it is.
    expect(contentHash(content)).toBe(
      hash(
        'sha256',
        '{"Quantity":"0.01","expires_at":1790000000000,"legs":[{"a":[true,"x"],"b":"-5"},{}],"note":"say \\"é\\"",' +
          '"price":null,"reduceOnly":false,"symbol":"BTC/USDT"}',
        'hex',
      ),
    );
  });

  it('is another for another content', () => {
    expect(contentHash({ a: 1, b: null })).not.toBe(contentHash({ a: 1 }));
    expect(contentHash({ a: '1' })).not.toBe(contentHash({ a: 1 }));
  });
});
