/** The parts of a portfolio's state that belong to one account. */
import type { WalletDeclaration } from '../balance/wallet.ts';
import type { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, TimeMs, Venue } from '../ids.ts';
import type { PositionMode } from '../venue/setting.ts';

export interface AccountBooks {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  /** The wallets that the account has declared. */
  readonly wallets: readonly WalletDeclaration[];
  /** The position mode that the venue last showed; null before it was read. */
  readonly positionMode: PositionMode | null;
  /** The simulator instance behind a paper account; null before it is known and for real venues. */
  readonly instance: string | null;
  /** Whether totals have been taken over from the venue once. */
  readonly balancesKnown: boolean;
  /** A complete comparison has shown since how far they were off; left out before, and by earlier releases. */
  readonly balancesCompared?: true | undefined;
  /** Whether swap positions have been taken over from the venue once. */
  readonly positionsKnown: boolean;
}

/** How far the account records of an account have been taken in, on its venue's clock. */
export interface RecordsRead {
  /** Records from before are in the balances that were taken over. */
  readonly since: TimeMs;
  readonly until: TimeMs;
}

/** The gains less the losses of an account in one asset that belong to no position. */
export interface AccountResult {
  readonly accountId: AccountId;
  readonly asset: Asset;
  readonly amount: Decimal;
  /** 00:00 UTC of the day of the last change. */
  readonly day: TimeMs;
  /** `amount` before that day's first change. */
  readonly amountAtDayStart: Decimal;
}
