/** The records of changes of a swap position that a reading has shown before their executions (awaited.ts). */
import type { Decimal } from '../decimal.ts';
import type { TimeMs } from '../ids.ts';
import type { Side } from '../order/terms.ts';

/** The executions of a change that a reading has shown, as far as they are not listed yet. */
export interface AwaitedExecutions {
  /** Of the executions. */
  readonly side: Side;
  /** Base units. */
  readonly quantity: Decimal;
  /** The quote units that they are taken to have moved: at the last confirmed price, or as the venue's entry price says. */
  readonly quoteQuantity: Decimal;
  /** Quote units that the position has realised for them, and that the wallet is expected to have moved by. */
  readonly realizedPnl: Decimal;
  /** They open or add; the others close. */
  readonly opens?: true | undefined;
  /** Venue clock, when the reading was answered: later executions are others. */
  readonly executedBefore: TimeMs;
  /** Our clock: a comparison that found the movement of the wallet was not earlier. */
  readonly foundSince: TimeMs;
}

/** The part of an execution that a reading had shown already. */
export interface ShownBefore {
  /** Base units, and of them those that closed. */
  readonly quantity: Decimal;
  readonly closing: Decimal;
  /** Quote units of its movement that the wallet has made already. */
  readonly inWallet: Decimal;
}
