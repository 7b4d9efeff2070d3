/** The balance of one asset as the API shows it. */
import type { Wallet } from '../../core/balance/wallet.ts';
import { z } from 'zod';
import type { BalanceReading } from '../../engine/desk.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

/** The wallets as the API names them. */
export const WALLET_VIEWS = ['spot', 'swap', 'unified'] as const;

export const balanceView = z
  .object({
    asset: z.string(),
    wallet: z.enum(WALLET_VIEWS).meta({ description: '`unified`: spot and swaps of the account share it.' }),
    free: decimalOut.meta({
      description: 'The amount that a new order may use: total less our holds and external locks.',
    }),
    used: decimalOut,
    total: decimalOut,
    updated_at: timeOut,
  })
  .meta({ id: 'Balance' });

export const WALLET_NAMES = {
  spot: 'spot',
  linear_swap: 'swap',
  unified: 'unified',
} as const satisfies Readonly<Record<Wallet, (typeof WALLET_VIEWS)[number]>>;

export type BalanceView = z.output<typeof balanceView>;

export function toBalanceView({ balance, available }: BalanceReading): BalanceView {
  return {
    asset: balance.asset,
    wallet: WALLET_NAMES[balance.wallet],
    free: available.toString(),
    used: balance.total.subtract(available).toString(),
    total: balance.total.toString(),
    updated_at: isoTime(balance.updatedAt),
  };
}
