/** Accounts, wallets and positions as a venue keeps them. */
import type { Decimal } from '../../core/decimal.ts';
import type { PositionSide } from './order.ts';
import type { SelfTradePrevention, WalletName } from './policy.ts';

export interface Credentials {
  readonly key: string;
  /** Empty where requests are signed with a private key that the venue does not know. */
  readonly secret: string;
  /** Null where the venue has none. */
  readonly passphrase: string | null;
  /** The PEM of the public key that signatures are verified with, in place of a secret that both sides know. */
  readonly publicKey?: string;
}

/** One key of an account. */
export interface AccountKey {
  readonly credentials: Credentials;
  readonly permissions: AccountPermissions;
}

export interface AccountInfo {
  readonly accountId: string;
  /** Of the key that the account was asked for by, else of its first one. */
  readonly credentials: Credentials;
  readonly createdAt: number;
  /** Whether the key may do this; a venue refuses the request otherwise. */
  readonly permissions: AccountPermissions;
}

export interface AccountPermissions {
  readonly trade: boolean;
  readonly withdraw: boolean;
}

export interface Balance {
  readonly wallet: WalletName;
  readonly asset: string;
  readonly total: Decimal;
  /** On a swap wallet: what can still back a new order (see margin.ts). */
  readonly free: Decimal;
}

export type MarginMode = 'cross' | 'isolated';

/**
 * A position as its account's mode has it: `net`, or `long` beside `short`. Flat positions are listed too once the
 * account has traded or set anything on the symbol; a hedged account has both sides of it listed then.
 */
export interface Position {
  readonly symbol: string;
  readonly side: PositionSide;
  /** Signed, in venue units: above zero is long. */
  readonly quantity: Decimal;
  /** Average entry, rounded to 12 digits for showing; zero when flat. */
  readonly entryPrice: Decimal;
  readonly markPrice: Decimal;
  readonly unrealizedPnl: Decimal;
  /** Of this position since it was last flat, fees and funding not included. */
  readonly realizedPnl: Decimal;
  readonly leverage: number;
  readonly marginMode: MarginMode;
  /** The margin set aside for an isolated position; zero in cross mode. */
  readonly isolatedMargin: Decimal;
  readonly initialMargin: Decimal;
  readonly maintenanceMargin: Decimal;
  readonly liquidationPrice: Decimal | null;
  readonly updatedAt: number;
}

/** The margin figures of one swap wallet, in its settle asset. */
export interface MarginSummary {
  readonly asset: string;
  readonly walletBalance: Decimal;
  readonly unrealizedPnl: Decimal;
  /** Wallet balance plus unrealised PnL. */
  readonly marginBalance: Decimal;
  readonly positionInitialMargin: Decimal;
  readonly openOrderInitialMargin: Decimal;
  readonly maintenanceMargin: Decimal;
  readonly availableBalance: Decimal;
}

/** A funding payment and whose it was. */
export interface AccountFunding {
  readonly accountId: string;
  readonly payment: FundingPayment;
}

/** The amount that a position paid or received at one funding time. */
export interface FundingPayment {
  readonly symbol: string;
  readonly positionSide: PositionSide;
  readonly asset: string;
  /** Below zero: paid. */
  readonly amount: Decimal;
  readonly rate: Decimal;
  readonly markPrice: Decimal;
  /** Signed, as held at the time. */
  readonly quantity: Decimal;
  readonly at: number;
}

/** Margin that an account moved into an isolated position or out of it. */
export interface MarginChange {
  readonly symbol: string;
  readonly positionSide: PositionSide;
  readonly asset: string;
  /** Below zero: taken out. */
  readonly amount: Decimal;
  readonly at: number;
}

/** A match between two orders of one account that self-trade prevention did not let them make. */
export interface PreventedMatch {
  /** Rising from zero for an account and symbol. */
  readonly number: number;
  readonly symbol: string;
  readonly takerOrderId: string;
  readonly makerOrderId: string;
  readonly mode: SelfTradePrevention;
  readonly price: Decimal;
  /** The quantity that would have matched. */
  readonly quantity: Decimal;
  /** The quantity that the match took off each order; null: none. */
  readonly takerPrevented: Decimal | null;
  readonly makerPrevented: Decimal | null;
  readonly at: number;
}

/** One change of an open order in place. */
export interface OrderAmendment {
  /** Rising for an account. */
  readonly number: number;
  readonly symbol: string;
  readonly venueOrderId: string;
  readonly formerClientOrderId: string | null;
  readonly clientOrderId: string | null;
  readonly formerQuantity: Decimal;
  readonly quantity: Decimal;
  readonly formerPrice: Decimal;
  readonly price: Decimal;
  readonly at: number;
}

/** A change of a balance that is neither a fill nor funding. */
export interface LedgerEntry {
  /** Unique for the account and rising; both sides of a transfer have the same. */
  readonly number: number;
  readonly kind: 'deposit' | 'withdrawal' | 'transfer' | 'distribution' | 'liquidation_fee' | 'insurance';
  readonly wallet: WalletName;
  readonly asset: string;
  /** Below zero: left the wallet. */
  readonly amount: Decimal;
  /** The other side of a transfer. */
  readonly otherWallet: WalletName | null;
  /** Of a liquidation. */
  readonly symbol: string | null;
  readonly positionSide: PositionSide | null;
  /** The purpose of a distribution, in the venue's words. */
  readonly info?: string;
  /** The name that the request which made it gave itself: a repeat of the request finds it by that. */
  readonly key?: string;
  readonly at: number;
}
