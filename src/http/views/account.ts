/** An account as the API shows it; its keys are never shown. */
import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import type { AccountRecord } from '../../directory/accounts.ts';
import { isoTime, timeOut } from '../fields.ts';

export const accountView = z
  .object({
    id: z.string(),
    portfolio_id: z.string(),
    exchange: z.enum(VENUES),
    mode: z.enum(ACCOUNT_MODES),
    label: z.string(),
    is_default: z.boolean(),
    created_at: timeOut,
  })
  .meta({ id: 'Account' });

export function toAccountView(account: AccountRecord): z.output<typeof accountView> {
  return {
    id: account.accountId,
    portfolio_id: account.portfolioId,
    exchange: account.exchange,
    mode: account.mode,
    label: account.label,
    is_default: account.isDefault,
    created_at: isoTime(account.createdAt.getTime()),
  };
}
