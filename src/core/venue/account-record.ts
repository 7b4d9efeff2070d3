/**
 * Account records: the venue's own entries of why a balance changed, each with an id.
 *
 * Executions are no account records: what they move (realised profit and the commission of a trade) is booked from the
 * executions themselves, and a gateway leaves the venue's entries about them out.
 */
import type { Decimal } from '../decimal.ts';
import type { Asset, InstrumentSymbol, TimeMs, TradeId } from '../ids.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { PositionSide } from '../order/terms.ts';

export const ACCOUNT_RECORD_KINDS = [
  /** Paid or received for holding a swap over a funding time. */
  'funding',
  /** A charge that belongs to no execution. */
  'commission',
  /** A commission that is given back: kickbacks and rebates of the venue's programs. */
  'rebate',
  /** Charged on top of the commission when a position is liquidated. */
  'liquidation_fee',
  /** Paid by the venue's insurance fund for a loss that the account could not carry. */
  'insurance',
  /** A gift: airdrops, bonuses, prizes. */
  'airdrop',
  /** Interest and other earnings on what is held; negative where it is charged. */
  'interest',
  /** One asset exchanged for another outside the order book: dust, automatic exchange. One record for each asset. */
  'conversion',
  /** Came in from outside the venue. */
  'deposit',
  /** Went out of the venue, with the network's fee. */
  'withdrawal',
  /** Came in from another wallet or account at the venue. */
  'transfer_in',
  /** Went out to another wallet or account at the venue. */
  'transfer_out',
  /** Anything else; `venueKind` has the venue's word for it. */
  'other',
] as const;
export type AccountRecordKind = (typeof ACCOUNT_RECORD_KINDS)[number];

/**
 * The meaning of a record for the result of trading: a `result` is a gain or a loss, a `flow` moves capital in or out, or from one
 * asset into another.
 */
export type RecordEffect = 'result' | 'flow';

export const RECORD_EFFECTS: Readonly<Record<AccountRecordKind, RecordEffect>> = {
  funding: 'result',
  commission: 'result',
  rebate: 'result',
  liquidation_fee: 'result',
  insurance: 'result',
  airdrop: 'result',
  interest: 'result',
  conversion: 'flow',
  deposit: 'flow',
  withdrawal: 'flow',
  transfer_in: 'flow',
  transfer_out: 'flow',
  other: 'result',
};

/** One change of one balance, as the venue has it in its own books. */
export interface AccountRecord {
  /** Unique for the account, the same at every reading. */
  readonly recordId: string;
  readonly kind: AccountRecordKind;
  /** The venue's own word for the kind. */
  readonly venueKind: string;
  readonly wallet: Wallet;
  readonly asset: Asset;
  /** Negative for what left the wallet. */
  readonly amount: Decimal;
  /** Null for what belongs to no instrument. */
  readonly symbol: InstrumentSymbol | null;
  /** `net` in one-way mode, without an instrument, and where the venue does not say. */
  readonly positionSide: PositionSide;
  readonly tradeId: TradeId | null;
  /** Venue clock: when the balance changed. */
  readonly at: TimeMs;
}

/** Records that a gateway cannot read, so that their absence says nothing. */
export interface UnreadRecords {
  readonly wallet: Wallet;
  readonly kinds: readonly AccountRecordKind[];
  readonly reason: string;
}

/** An execution that a venue's list of records names: its executions are to be read by themselves. */
export interface TradedInstrument {
  readonly symbol: InstrumentSymbol;
  /** Venue clock. */
  readonly at: TimeMs;
}

export interface AccountRecords {
  /** In any order. */
  readonly records: readonly AccountRecord[];
  /** Of the executions that the lists name, in any order; left out where they name none. */
  readonly traded?: readonly TradedInstrument[];
  readonly unread: readonly UnreadRecords[];
}

/**
 * How long before the moment that a reading goes on from a venue may still list a record that was not there before: a
 * deposit carries the time at which it was first seen on its network. Records older than that are not booked.
 */
export const RECORDS_LISTED_LATE_MS = 7 * 86_400_000;
