/**
 * HTX's lists of what moved an account as account records.
 *
 * Entry points: `transferFrom`, `walletEntryFrom`, `otherRecordFrom` of spot, `billsFrom` of contracts, which throw `MalformedAnswer`; `OTHER_TYPES`.
 * Sources: "Get Account Ledger", "Search for Existed Withdraws and Deposits" and "Get Account History" of the spot documentation; "Query
 * account financial records" of the USDT-margined one for the types of bills, whose rows are those of ccxt's class.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind } from '../../core/venue/account-record.ts';
import { asObject, figure, optionalFigure, optionalText, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { takenAndGivenBack } from '../record-entries.ts';

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

/**
 * The last state of a deposit. The pages do not say whether `confirmed` or `safe` credits it: one that is booked behind its balance is found
 * and then explained, one that is booked ahead of it would be missing, as a loss.
 */
const CREDITED = 'safe';

/** States of a withdrawal in which what it took is given back. `confirm-error` is none: the pages do not say that anything comes back. */
const GIVEN_BACK: ReadonlySet<string> = new Set([
  'canceled',
  'reject',
  'wallet-reject',
  'repealed',
  'failed',
]);

/**
 * A row of the deposits or of the withdrawals. A withdrawal takes its fee besides its amount, and is booked when it is asked for: where the
 * balance falls later, the amount comes back until then. Each counts by when it was made, since `updated-at` moves with every state.
 */
export function walletEntryFrom(body: JsonValue): readonly AccountRecord[] {
  const row = asObject(body, 'entry');
  const type = text(row, 'type');
  const state = text(row, 'state');
  const recordId = `${type} ${text(row, 'id')}`;
  const common = { coin: text(row, 'currency'), at: wholeNumber(row, 'created-at') };
  const amount = figure(row, 'amount');
  if (type === 'deposit')
    return state === CREDITED ? [recordOf({ ...common, recordId, kind: type, venueKind: type, amount })] : [];
  const taken = withFee(amount, optionalFigure(row, 'fee'));
  return takenAndGivenBack(
    recordOf({ ...common, recordId, kind: 'withdrawal', venueKind: type, amount: taken.negate() }),
    GIVEN_BACK.has(state),
  );
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

/** Types that repeat what executions say: profit of what was closed, delivered or liquidated, and fees. */
const OF_EXECUTIONS = new Set(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13']);

/** `type`; what is missing is `other`. */
const BILL_KINDS: Readonly<Record<string, AccountRecordKind>> = {
  '14': 'transfer_in',
  '15': 'transfer_out',
  '19': 'insurance',
  '28': 'airdrop',
  '29': 'rebate',
  '30': 'funding',
  '31': 'funding',
  '34': 'transfer_out',
  '35': 'transfer_in',
  '36': 'transfer_out',
  '37': 'transfer_in',
  '38': 'transfer_in',
  '39': 'transfer_out',
};
/** Kinds whose amounts go out, whatever sign the row has: no page states it. */
const PAID = new Set(['15', '31', '34', '36', '39']);

/** The records of the bills, without those that repeat what executions say. */
export function billsFrom(rows: readonly JsonValue[], names: Names): readonly AccountRecord[] {
  return rows
    .map((row) => asObject(row, 'bill'))
    .filter((row) => !OF_EXECUTIONS.has(text(row, 'type')))
    .map((row) => {
      const type = text(row, 'type');
      const amount = figure(row, 'amount');
      const contract = optionalText(row, 'contract_code') ?? '';
      return {
        recordId: `bill ${text(row, 'id')}`,
        kind: BILL_KINDS[type] ?? 'other',
        venueKind: type,
        wallet: 'linear_swap',
        asset: asset(text(row, 'currency').toUpperCase()),
        amount: PAID.has(type) ? amount.abs().negate() : amount,
        at: wholeNumber(row, 'created_time'),
        symbol: names.known(contract) ? names.symbol(contract) : null,
        positionSide: 'net',
        tradeId: null,
      };
    });
}
