/** A token as the API shows it: everything but the token. */
import { z } from 'zod';
import type { TokenRecord } from '../../directory/tokens.ts';
import { SCOPES, USERS_POWERS } from '../../directory/token.ts';
import { isoTime, timeOut } from '../fields.ts';

export const tokenView = z
  .object({
    id: z.string(),
    user_id: z.string(),
    label: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    users: z.enum(USERS_POWERS).meta({ description: 'Power over other users and their accounts.' }),
    accounts: z.array(z.string()).nullable().meta({ description: 'Null: not bound to accounts.' }),
    strategies: z.array(z.string()).nullable().meta({ description: 'Null: not bound to strategies.' }),
    created_at: timeOut,
    created_by: z.string().nullable().meta({ description: 'Null for a token of an earlier release.' }),
    expires_at: timeOut.nullable(),
    revoked_at: timeOut.nullable(),
    revoked_by: z.string().nullable(),
  })
  .meta({ id: 'Token' });

export function toTokenView(token: TokenRecord): z.output<typeof tokenView> {
  return {
    id: token.tokenId,
    user_id: token.userId,
    label: token.label,
    scopes: [...token.scopes],
    users: token.users,
    accounts: token.bounds.accounts === null ? null : [...token.bounds.accounts],
    strategies: token.bounds.strategies === null ? null : [...token.bounds.strategies],
    created_at: isoTime(token.createdAt.getTime()),
    created_by: token.createdBy,
    expires_at: token.expiresAt === null ? null : isoTime(token.expiresAt.getTime()),
    revoked_at: token.revokedAt === null ? null : isoTime(token.revokedAt.getTime()),
    revoked_by: token.revokedBy,
  };
}
