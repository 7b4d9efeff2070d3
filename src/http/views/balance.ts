/** The balance of one asset as the API shows it. */
import { Decimal } from '../../core/decimal.ts';
import type { Wallet } from '../../core/balance/wallet.ts';
import { z } from 'zod';
import type { BalanceReading } from '../../engine/desk.ts';
import { AMOUNT_SCALE } from '../../core/risk/stated-figure.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

/** The wallets as the API names them. */
export const WALLET_VIEWS = ['spot', 'swap', 'unified'] as const;
export type WalletView = (typeof WALLET_VIEWS)[number];

export const balanceView = z
  .object({
    asset: z.string(),
    wallet: z.enum(WALLET_VIEWS).meta({ description: '`unified`: spot and swaps of the account share it.' }),
    free: decimalOut.nullable().meta({
      description:
        'The amount that a new order may use: total less our holds, external locks and the margin of swap positions; a computed part is rounded down to 8 digits after the point. Null while leverage or mark of such a position is not known: orders are judged on the least that it can be.',
    }),
    used: decimalOut.nullable().meta({ description: 'Total less `free`; null where that is.' }),
    total: decimalOut,
    updated_at: timeOut,
  })
  .meta({ id: 'Balance' });

export const WALLET_NAMES = {
  spot: 'spot',
  linear_swap: 'swap',
  unified: 'unified',
} as const satisfies Readonly<Record<Wallet, WalletView>>;

export type BalanceView = z.output<typeof balanceView>;

export function toBalanceView({ balance, available, isMarginKnown }: BalanceReading): BalanceView {
  const free = isMarginKnown ? shownFree(available, balance.total) : null;
  return {
    asset: balance.asset,
    wallet: WALLET_NAMES[balance.wallet],
    free: free?.toString() ?? null,
    used: free === null ? null : balance.total.subtract(free).toString(),
    total: balance.total.toString(),
    updated_at: isoTime(balance.updatedAt),
  };
}

/** No finer than the exchange books the balance: the digits of a division say nothing. */
function shownFree(available: Decimal, total: Decimal): Decimal {
  const scale = Math.max(AMOUNT_SCALE, total.scale);
  return available.scale <= scale ? available : available.divide(Decimal.one, scale, 'down');
}
