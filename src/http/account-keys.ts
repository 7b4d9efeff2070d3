/** Keys of an account as a request gives them: complete, of a venue and mode that exist, and tried before they are kept. */
import { z } from 'zod';
import type { AccountMode, Venue } from '../core/ids.ts';
import type { StoredCredentials } from '../directory/accounts.ts';
import type { HttpContext } from './context.ts';
import { flagField } from './fields.ts';
import { Problem, fieldProblem } from './problem.ts';

const secretField = z
  .string({ error: 'must be text' })
  .min(1, 'must not be empty')
  .max(8_192, 'must have at most 8192 characters')
  // Keys in PEM have line ends.
  .regex(/^[\x20-\x7e\r\n]+$/, 'must be printable characters')
  .meta({ writeOnly: true });

export const keyFields = {
  api_key: secretField.optional(),
  secret: secretField.optional(),
  passphrase: secretField.optional(),
  allow_withdraw_keys: flagField.default(false),
};

interface GivenKeys {
  readonly api_key?: string | undefined;
  readonly secret?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** The keys for an account of this mode; null for paper, which needs none. Throws a `Problem` that names the field. */
export function requiredKeys(
  context: HttpContext,
  exchange: Venue,
  mode: AccountMode,
  given: GivenKeys,
): StoredCredentials | null {
  if (mode === 'paper') {
    for (const field of ['api_key', 'secret', 'passphrase'] as const) {
      if (given[field] !== undefined)
        throw fieldProblem(field, 'must be left out: a paper account needs no keys');
    }
    return null;
  }
  const { api_key: apiKey, secret, passphrase } = given;
  if (apiKey === undefined) throw fieldProblem('api_key', 'is required');
  if (secret === undefined) throw fieldProblem('secret', 'is required');
  if (passphrase === undefined && context.administration.needsPassphrase(exchange))
    throw fieldProblem('passphrase', `is required by ${exchange}`);
  return { apiKey, secret, passphrase: passphrase ?? null };
}

/** Throws a `Problem` unless the venue takes the keys, and keeps money where it is unless that is allowed. */
export async function tryKeys(
  context: HttpContext,
  exchange: Venue,
  mode: AccountMode,
  keys: StoredCredentials,
  allowWithdraw: boolean,
): Promise<void> {
  const tried = await context.administration.tryKeys(exchange, mode, keys);
  if (tried.kind === 'unreachable') {
    throw new Problem(
      'venue_unreachable',
      `${exchange} (${mode}) could not be asked about these keys; nothing was kept: ${tried.reason}.`,
    );
  }
  if (tried.kind === 'refused') {
    throw new Problem('keys_refused', `${exchange} (${mode}) does not take these keys; nothing was kept.`, {
      reason: tried.reason,
    });
  }
  if (tried.mayWithdraw === true && !allowWithdraw) {
    throw new Problem(
      'keys_may_withdraw',
      'These keys may withdraw; make keys that may only read and trade, or set allow_withdraw_keys.',
    );
  }
}
