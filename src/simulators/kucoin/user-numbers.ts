/** Ids of 24 hexadecimal digits by which KuCoin knows a user, made of the account's own. */
import { createHash } from 'node:crypto';

export function userIdOf(accountId: string): string {
  return createHash('sha1').update(accountId).digest('hex').slice(0, 24);
}
