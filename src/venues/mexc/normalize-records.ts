/**
 * MEXC's entries of deposits, withdrawals, transfers and funding as account records.
 *
 * Entry points: one reader per list; each throws `MalformedAnswer` where an entry is not of the documented shape, and gives null, or none, for
 * one that moved nothing yet. Sources: as in account-records.ts.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AccountRecord } from '../../core/venue/account-record.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import { figure, optionalFigure, optionalText, text, wholeNumber, word } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { takenAndGivenBack } from '../record-entries.ts';

const OF_NO_INSTRUMENT = { symbol: null, positionSide: 'net', tradeId: null } as const;

/** "5:SUCCESS", "9:PRE_SUCCESS" credits it before it can be withdrawn, "12:COMPLETED". */
const CREDITED: ReadonlySet<string> = new Set(['5', '9', '12']);

export function depositFrom(row: JsonObject): AccountRecord | null {
  if (!CREDITED.has(text(row, 'status'))) return null;
  const coin = coinOf(row);
  return {
    ...OF_NO_INSTRUMENT,
    recordId: `deposit ${optionalText(row, 'txId') ?? text(row, 'insertTime')} ${text(row, 'coin')}`,
    kind: 'deposit',
    venueKind: 'deposit',
    wallet: 'spot',
    asset: asset(coin),
    amount: figure(row, 'amount'),
    at: wholeNumber(row, 'insertTime'),
  };
}

/** "8:FAILED, 9:CANCEL"; what is asked for is taken at once. */
const GIVEN_BACK: ReadonlySet<string> = new Set(['8', '9']);

/** `amount` is what arrives; the fee is taken beside it. */
export function withdrawalFrom(row: JsonObject): readonly AccountRecord[] {
  const fee = optionalFigure(row, 'transactionFee') ?? Decimal.zero;
  const applied: AccountRecord = {
    ...OF_NO_INSTRUMENT,
    recordId: `withdrawal ${text(row, 'id')}`,
    kind: 'withdrawal',
    venueKind: 'withdrawal',
    wallet: 'spot',
    asset: asset(coinOf(row)),
    amount: figure(row, 'amount').add(fee).negate(),
    at: wholeNumber(row, 'applyTime'),
  };
  return takenAndGivenBack(applied, GIVEN_BACK.has(text(row, 'status')));
}

/** Some list `USDT-TRX` for a coin on one of its networks. */
function coinOf(row: JsonObject): string {
  const [coin = ''] = text(row, 'coin').split('-');
  return coin;
}

const SUCCESS = 'SUCCESS';

export function spotTransferFrom(row: JsonObject): AccountRecord | null {
  if (text(row, 'status') !== SUCCESS) return null;
  const isIn = text(row, 'toAccountType') === 'SPOT';
  const amount = figure(row, 'amount');
  return {
    ...OF_NO_INSTRUMENT,
    recordId: `transfer ${text(row, 'tranId')}`,
    kind: isIn ? 'transfer_in' : 'transfer_out',
    venueKind: `${text(row, 'fromAccountType')} ${text(row, 'toAccountType')}`,
    wallet: 'spot',
    asset: asset(text(row, 'asset')),
    amount: isIn ? amount : amount.negate(),
    at: wholeNumber(row, 'timestamp'),
  };
}

const INWARD: Readonly<Record<string, boolean>> = { IN: true, OUT: false };

export function swapTransferFrom(row: JsonObject): AccountRecord | null {
  if (text(row, 'state') !== SUCCESS) return null;
  const isIn = word(row, 'type', INWARD);
  const amount = figure(row, 'amount');
  return {
    ...OF_NO_INSTRUMENT,
    recordId: `transfer ${text(row, 'id')}`,
    kind: isIn ? 'transfer_in' : 'transfer_out',
    venueKind: text(row, 'type'),
    wallet: 'linear_swap',
    asset: asset(text(row, 'currency')),
    amount: isIn ? amount : amount.negate(),
    at: wholeNumber(row, 'createTime'),
  };
}

/** "1 long 2 short". */
const POSITION_SIDES: Readonly<Record<string, 'long' | 'short'>> = { '1': 'long', '2': 'short' };

/** Above zero where it was received. `mode`: of the account, which no entry states. */
export function fundingFrom(row: JsonObject, names: Names, mode: PositionMode | null): AccountRecord | null {
  const venueSymbol = text(row, 'symbol');
  if (!names.known(venueSymbol)) return null;
  const instrument = names.instrument(venueSymbol);
  return {
    recordId: `funding ${text(row, 'id')}`,
    kind: 'funding',
    venueKind: 'funding',
    wallet: 'linear_swap',
    asset: instrument.settle,
    amount: figure(row, 'funding'),
    symbol: instrument.symbol,
    positionSide: mode === 'hedged' ? word(row, 'positionType', POSITION_SIDES) : 'net',
    tradeId: null,
    at: wholeNumber(row, 'settleTime'),
  };
}
