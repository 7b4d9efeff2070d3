/**
 * Wallets: where an account keeps what it trades with.
 *
 * An account declares its wallets, and each of its instruments draws on one of them and settles in it. On some venues spot
 * and swaps have a wallet each, on others (OKX, Bybit, the unified accounts of Bitget and KuCoin) they share one, so that a
 * spot purchase and the margin of a swap compete for the same balance. Every balance, hold and margin is kept by
 * (account, wallet).
 */
import type { InstrumentKind } from '../instrument.ts';

export const WALLETS = ['spot', 'linear_swap', 'unified'] as const;
export type Wallet = (typeof WALLETS)[number];

/**
 * The balances that back the margin of a wallet's swaps:
 * - `settle_asset`: the balance of the asset that the swap settles in, alone.
 * - `all_assets`: every balance of the wallet, each at the worth that the venue counts it with as collateral.
 */
export type Collateral = 'settle_asset' | 'all_assets';

export interface WalletDeclaration {
  readonly wallet: Wallet;
  /** The kinds of instruments that draw on it and settle in it. A kind belongs to at most one wallet of an account. */
  readonly kinds: readonly InstrumentKind[];
  readonly collateral: Collateral;
}

/** Spot and swaps apart, each with its own balances. Records from before wallets were declared are of such accounts. */
export const SEPARATE_WALLETS: readonly WalletDeclaration[] = [
  { wallet: 'spot', kinds: ['spot'], collateral: 'settle_asset' },
  { wallet: 'linear_swap', kinds: ['linear_swap'], collateral: 'settle_asset' },
];

/** The wallet that instruments of a kind draw on; null where the account does not trade that kind. */
export function walletFor(declared: readonly WalletDeclaration[], kind: InstrumentKind): Wallet | null {
  return declared.find(({ kinds }) => kinds.includes(kind))?.wallet ?? null;
}

/** The kinds of instruments that draw on a wallet; none where the account has not declared it. */
export function kindsOf(declared: readonly WalletDeclaration[], wallet: Wallet): readonly InstrumentKind[] {
  return declared.find((one) => one.wallet === wallet)?.kinds ?? [];
}

/** Whether two declarations say the same. */
export function areSameWallets(
  left: readonly WalletDeclaration[],
  right: readonly WalletDeclaration[],
): boolean {
  return left.length === right.length && left.every((one, index) => isSameWallet(one, right[index]));
}

function isSameWallet(left: WalletDeclaration, right: WalletDeclaration | undefined): boolean {
  return (
    right !== undefined &&
    left.wallet === right.wallet &&
    left.collateral === right.collateral &&
    left.kinds.join(' ') === right.kinds.join(' ')
  );
}
