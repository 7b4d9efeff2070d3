/** The record of a move of capital. */
import type { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset } from '../ids.ts';
import type { CapitalHolding, UnexplainedChange } from './equity-record.ts';

/**
 * - `joined`, `left`: the account counts in the equity from here on, or no more.
 * - `detached`, `attached`: a person took the account out, or lets it join again.
 * - `flow`: a record of the venue moved capital in or out.
 * - `unexplained`: a balance changed and nothing says why; `returned`: it came back.
 * - `reclassified`: a person said what a change was.
 * - `exchanged`: inventory became another asset.
 */
export const CAPITAL_CAUSES = [
  'joined',
  'left',
  'detached',
  'attached',
  'flow',
  'unexplained',
  'returned',
  'reclassified',
  'exchanged',
] as const;
export type CapitalCause = (typeof CAPITAL_CAUSES)[number];

/** A move of a mode's equity outside trading; figures in quote units. */
export interface CapitalMoved {
  readonly type: 'capital_moved';
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  readonly cause: CapitalCause;
  /** Changes of the account's capital, the whole of it where the account joins, and of the equity. */
  readonly capital: Decimal;
  readonly equity: Decimal;
  /** The part that is neither gain nor loss: it scales the peak and moves the day's baseline, which `dayBaseline` may set apart. */
  readonly baseline: Decimal;
  readonly dayBaseline?: Decimal;
  /** The equity is not known as it is now, as after a start: the next reading scales the peak. */
  readonly scaledAtReading?: true;
  /** Changes of the assets that stand in the account's capital; where it joins, all of them. */
  readonly holdings?: readonly CapitalHolding[];
  /** Of an exchange, the base currency where it is one side; the other sides are `holdings`. */
  readonly asset?: Asset;
  /** Base units of the asset. */
  readonly amount?: Decimal;
  /** The venue's id of the record behind a flow. */
  readonly recordId?: string;
  /** The venue's word for a flow; of a reclassified change, what it is by now. */
  readonly kind?: string;
  /** The change that is explained by it, and the one that waits for an explanation from here on. */
  readonly explains?: string;
  readonly unexplained?: UnexplainedChange;
  /** Of a transfer: no other side has been seen so far, or the key of the one that this is the other side of. */
  readonly oneSided?: true;
  readonly pairs?: string;
  /** Of the last account that leaves: loss and drawdown of the mode go on when one joins again. */
  readonly keepsLosses?: true;
  readonly requestedBy?: string;
  readonly why?: string;
}
