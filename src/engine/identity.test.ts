import { expect, it } from 'vitest';
import { createIdentity, secureFraction } from './identity.ts';

it('makes venue client ids that every venue takes and that are known again as ours', () => {
  const identity = createIdentity('a1b2', secureFraction);
  const ids = Array.from({ length: 1_000 }, () => identity.venueClientOrderId('letters_and_digits'));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]{1,32}$/);
  expect(ids.every((id) => identity.isOurs(id))).toBe(true);
  const another = createIdentity('zzzz', secureFraction);
  expect(ids.some((id) => another.isOurs(id))).toBe(false);
  expect(identity.isOurs('autoclose-1699')).toBe(false);
});

it('makes whole numbers for a venue that takes no letters, within 63 bits and known again as ours', () => {
  const identity = createIdentity('a1b2', secureFraction);
  const ids = Array.from({ length: 1_000 }, () => identity.venueClientOrderId('digits'));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(id).toMatch(/^[3-8]\d{18}$/);
    expect(BigInt(id) < 2n ** 63n).toBe(true);
  }
  expect(ids.every((id) => identity.isOurs(id))).toBe(true);
  const another = createIdentity('zzzz', secureFraction);
  expect(ids.some((id) => another.isOurs(id))).toBe(false);
  // HTX's own number of an order that was given no id.
  expect(identity.isOurs('1519705236917489664')).toBe(false);
});

it('makes order ids that sort by their time', () => {
  const identity = createIdentity('a1b2', secureFraction);
  const [earlier, later] = [identity.orderId(1_700_000_000_000), identity.orderId(1_700_000_000_001)];
  expect(earlier < later).toBe(true);
});

it('draws fractions from 0 up to 1', () => {
  for (let draw = 0; draw < 1_000; draw += 1) {
    const fraction = secureFraction();
    expect(fraction >= 0 && fraction < 1).toBe(true);
  }
});
