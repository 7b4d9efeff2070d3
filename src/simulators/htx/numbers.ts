/**
 * Numbers that HTX gives what the exchange knows by other names: accounts and users, records of lists.
 *
 * Entry points: `userNumber`, `spotAccountNumber`, `recordNumber`. The same name always gives the same number.
 */
import { createHash } from 'node:crypto';

function digits(text: string, count: number): number {
  const value = createHash('sha256').update(text).digest().readUIntBE(0, 6);
  const least = 10 ** (count - 1);
  return least + (value % (9 * least));
}

export function userNumber(accountId: string): number {
  return digits(`user ${accountId}`, 9);
}

export function spotAccountNumber(accountId: string): number {
  return digits(`spot ${accountId}`, 8);
}

/** "Record id, non sequential". */
export function recordNumber(what: string): number {
  return digits(what, 14);
}
