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
    simulator_control_url: z.string().nullable().meta({
      description:
        'Of a paper account: where its exchange is moved, as by `POST <url>/price` (docs/simulator.md); on the loopback interface of the service. Null for any other.',
    }),
    simulator_account: z.string().nullable().meta({
      description:
        'Of a paper account: its name there, for `account` in calls that are about one account. A reset gives it another one. Null for any other, and while the simulator does not answer.',
    }),
  })
  .meta({ id: 'Account' });

export type AccountView = z.output<typeof accountView>;

/** The simulator behind a paper account; nulls where it is none. */
export type SimulatedView = Pick<AccountView, 'simulator_control_url' | 'simulator_account'>;

export function toAccountView(account: AccountRecord, simulated: SimulatedView): AccountView {
  return {
    id: account.accountId,
    portfolio_id: account.portfolioId,
    exchange: account.exchange,
    mode: account.mode,
    label: account.label,
    is_default: account.isDefault,
    created_at: isoTime(account.createdAt.getTime()),
    ...simulated,
  };
}
