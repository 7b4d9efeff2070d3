/**
 * Entries of KuCoin's ledgers as account records.
 *
 * Entry points: `spotRecordsFrom`, `swapRecordsFrom`, `fundingRecordFrom`, which throw `MalformedAnswer`. Sources: "Get Account Ledgers - Trade_hf", "Get Account Ledgers -
 * Futures" and "Get Private Funding History" of the documentation. Money reaches either wallet from the main account: a transfer.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind } from '../../core/venue/account-record.ts';
import {
  asObject,
  figure,
  optionalText,
  parseExactJson,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { recordsOf } from '../record-entries.ts';

type KindBySign = readonly [received: AccountRecordKind, paid: AccountRecordKind];

const both = (kind: AccountRecordKind): KindBySign => [kind, kind];
const TRANSFER: KindBySign = ['transfer_in', 'transfer_out'];

/** `bizType` of spot; what is missing is `other`, because the venue adds types freely. */
const SPOT_KINDS: Readonly<Record<string, KindBySign>> = {
  TRANSFER,
  SUB_TRANSFER: TRANSFER,
  BROKER_TRANSFER: TRANSFER,
  DEPOSIT: both('deposit'),
  WITHDRAW: both('withdrawal'),
  RETURNED_FEES: both('rebate'),
  DEDUCTION_FEES: both('commission'),
  KUCOIN_BONUS: both('airdrop'),
  TRADE_EXCHANGE: both('commission'),
};

/** The records of the entries, and apart from them the pairs of ours of which entries repeat what an execution says. */
export function spotRecordsFrom(items: readonly JsonValue[], names: Names): ReturnType<typeof recordsOf> {
  return recordsOf(items, {
    executedIn: (entry) => {
      const pair = text(entry, 'bizType') === 'TRADE_EXCHANGE' ? pairOf(entry) : null;
      return pair !== null && names.known(pair) ? names.symbol(pair) : null;
    },
    timeOf: (entry) => wholeNumber(entry, 'createdAt'),
    recordFrom: (entry) => {
      const type = text(entry, 'bizType');
      const size = figure(entry, 'amount');
      const isOut = word(entry, 'direction', { in: false, out: true });
      const [received, paid] = SPOT_KINDS[type] ?? both('other');
      return recordOf({
        recordId: `spot ${text(entry, 'id')}`,
        kind: isOut ? paid : received,
        venueKind: type,
        wallet: 'spot',
        asset: asset(text(entry, 'currency')),
        amount: isOut ? size.negate() : size,
        at: wholeNumber(entry, 'createdAt'),
      });
    },
  });
}

/** The pair that the context of an entry names. */
function pairOf(entry: JsonObject): string | null {
  const context = optionalText(entry, 'context');
  return context === null ? null : optionalText(asObject(parseExactJson(context), 'context'), 'symbol');
}

/** `type` of futures, with its sign: amounts of some stand without one. */
const SWAP_KINDS: Readonly<Record<string, readonly [kind: AccountRecordKind, isOut: boolean]>> = {
  transferin: ['transfer_in', false],
  transferout: ['transfer_out', true],
  deposit: ['deposit', false],
  withdrawal: ['withdrawal', true],
};

/** Without realised profit, which executions and funding say; entries that are not completed have moved nothing. */
export function swapRecordsFrom(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'entry'))
    .filter(
      (entry) => text(entry, 'type').toLowerCase() !== 'realisedpnl' && text(entry, 'status') === 'Completed',
    )
    .map((entry) => {
      const type = text(entry, 'type');
      const known = SWAP_KINDS[type.toLowerCase()];
      const amount = figure(entry, 'amount');
      return recordOf({
        recordId: `swap ${text(entry, 'offset')}`,
        kind: known?.[0] ?? 'other',
        venueKind: type,
        wallet: 'linear_swap',
        asset: asset(text(entry, 'currency')),
        amount: known === undefined ? amount : signed(amount.abs(), known[1]),
        at: wholeNumber(entry, 'time'),
      });
    });
}

function signed(size: Decimal, isOut: boolean): Decimal {
  return isOut ? size.negate() : size;
}

/** `funding` is below zero where it was paid. */
export function fundingRecordFrom(item: JsonValue, names: Names): AccountRecord {
  const payment = asObject(item, 'funding');
  return {
    ...recordOf({
      recordId: `funding ${text(payment, 'id')}`,
      kind: 'funding',
      venueKind: 'funding',
      wallet: 'linear_swap',
      asset: asset(text(payment, 'settleCurrency')),
      amount: figure(payment, 'funding'),
      at: wholeNumber(payment, 'timePoint'),
    }),
    symbol: names.symbol(text(payment, 'symbol')),
  };
}

function recordOf(record: Omit<AccountRecord, 'symbol' | 'positionSide' | 'tradeId'>): AccountRecord {
  return { ...record, symbol: null, positionSide: 'net', tradeId: null };
}
