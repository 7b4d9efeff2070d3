/**
 * HTX's lists of what moved a spot account as account records.
 *
 * Entry points: `transferFrom`, `walletEntryFrom`, `otherRecordFrom`, which throw `MalformedAnswer`; `OTHER_TYPES`. Sources: "Get Account Ledger",
 * "Search for Existed Withdraws and Deposits" and "Get Account History" of the spot documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind } from '../../core/venue/account-record.ts';
import { asObject, figure, optionalFigure, text, wholeNumber } from '../ccxt/exact-json.ts';

/** The fields that each list has under keys of its own. */
type Stated = Pick<AccountRecord, 'recordId' | 'kind' | 'venueKind' | 'amount' | 'at'> & {
  readonly coin: string;
};

function recordOf({ coin, ...stated }: Stated): AccountRecord {
  return {
    ...stated,
    wallet: 'spot',
    asset: asset(coin.toUpperCase()),
    symbol: null,
    positionSide: 'net',
    tradeId: null,
  };
}

/** A row of the ledger. */
export function transferFrom(body: JsonValue): AccountRecord {
  const row = asObject(body, 'transfer');
  const amount = figure(row, 'transactAmt');
  return recordOf({
    recordId: `transfer ${text(row, 'transactId')}`,
    kind: amount.isNegative() ? 'transfer_out' : 'transfer_in',
    venueKind: text(row, 'transferType'),
    coin: text(row, 'currency'),
    amount,
    at: wholeNumber(row, 'transactTime'),
  });
}

/** States in which the balance has been moved for good: of a deposit that it is counted, of a withdrawal that it is out. */
const MOVED: Readonly<Record<string, ReadonlySet<string>>> = {
  deposit: new Set(['confirmed', 'safe']),
  withdraw: new Set(['confirmed']),
};

/** None while it is under way. A withdrawal takes its fee besides its amount. */
export function walletEntryFrom(body: JsonValue): readonly AccountRecord[] {
  const row = asObject(body, 'entry');
  const type = text(row, 'type');
  if (MOVED[type]?.has(text(row, 'state')) !== true) return [];
  const isDeposit = type === 'deposit';
  const amount = figure(row, 'amount');
  return [
    recordOf({
      recordId: `${type} ${text(row, 'id')}`,
      kind: isDeposit ? 'deposit' : 'withdrawal',
      venueKind: type,
      coin: text(row, 'currency'),
      amount: isDeposit ? amount : withFee(amount, optionalFigure(row, 'fee')).negate(),
      at: wholeNumber(row, 'updated-at'),
    }),
  ];
}

function withFee(amount: Decimal, fee: Decimal | null): Decimal {
  return fee === null ? amount : amount.add(fee);
}

const KINDS: Readonly<Record<string, AccountRecordKind>> = {
  rebate: 'rebate',
  interest: 'interest',
  liquidation: 'liquidation_fee',
  exchange: 'conversion',
  etf: 'conversion',
  credit: 'transfer_in',
  'other-types': 'other',
};

/** Kinds of the history that neither executions nor the other lists have. */
export const OTHER_TYPES: readonly string[] = Object.keys(KINDS);

/** A row of the account history, which names no pair. */
export function otherRecordFrom(body: JsonValue): AccountRecord {
  const row = asObject(body, 'entry');
  const type = text(row, 'transact-type');
  const amount = figure(row, 'transact-amt');
  const kind = KINDS[type] ?? 'other';
  return recordOf({
    recordId: `history ${text(row, 'record-id')}`,
    kind: kind === 'transfer_in' && amount.isNegative() ? 'transfer_out' : kind,
    venueKind: type,
    coin: text(row, 'currency'),
    amount,
    at: wholeNumber(row, 'transact-time'),
  });
}
