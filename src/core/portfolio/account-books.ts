/** The part of a portfolio's state that belongs to one account. */
import type { WalletDeclaration } from '../balance/wallet.ts';
import type { AccountId, AccountMode, Venue } from '../ids.ts';
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
  /** Whether swap positions have been taken over from the venue once. */
  readonly positionsKnown: boolean;
}
