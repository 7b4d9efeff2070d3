import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seal, SealBroken, unseal } from './sealing.ts';

const KEY = randomBytes(32);

describe('sealing', () => {
  it.each(['', 'a', 'ключ 🔑', 'x'.repeat(10_000)])('opens what it sealed', (text) => {
    expect(unseal(KEY, 'main/binance-live', seal(KEY, 'main/binance-live', text))).toBe(text);
  });

  it('never seals twice to the same bytes, and shows nothing of the text', () => {
    const secret = 'a-very-recognisable-secret';
    const first = seal(KEY, 'o', secret);
    expect(first.equals(seal(KEY, 'o', secret))).toBe(false);
    expect(first.includes(secret)).toBe(false);
  });

  it('opens for no other owner and under no other key', () => {
    const sealed = seal(KEY, 'main/one', 'secret');
    expect(() => unseal(KEY, 'main/two', sealed)).toThrow(SealBroken);
    expect(() => unseal(randomBytes(32), 'main/one', sealed)).toThrow(SealBroken);
  });

  it('refuses bytes that were changed anywhere, or cut', () => {
    const sealed = seal(KEY, 'o', 'secret');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => unseal(KEY, 'o', changed), `byte ${at}`).toThrow(SealBroken);
    }
    for (const length of [0, 1, 40, sealed.length - 1]) {
      expect(() => unseal(KEY, 'o', sealed.subarray(0, length))).toThrow(SealBroken);
    }
  });
});
