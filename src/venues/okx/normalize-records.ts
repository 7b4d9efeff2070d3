/**
 * OKX's bills as account records.
 *
 * Entry point: `recordsFrom`, which throws `MalformedAnswer` where a bill is not of the documented shape. Source: "Get bills details" of the v5
 * documentation, whose edition before "Get bill types" lists the types and subtypes with their names. `balChg` is what the balance moved by.
 */
import { asset, tradeId } from '../../core/ids.ts';
import type { InstrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind } from '../../core/venue/account-record.ts';
import { figure, optionalText, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { recordsOf } from '../record-entries.ts';
import { kindOf } from './endpoints.ts';

type KindBySign = readonly [received: AccountRecordKind, paid: AccountRecordKind];

const both = (kind: AccountRecordKind): KindBySign => [kind, kind];
const TRANSFER: KindBySign = ['transfer_in', 'transfer_out'];
const LIQUIDATION: KindBySign = ['insurance', 'liquidation_fee'];
const TRADE: KindBySign = ['rebate', 'commission'];

/** By type; what is missing is `other`, because the venue adds types freely. */
const KINDS: Readonly<Record<string, KindBySign>> = {
  // Transfer, margin transfer, strategy transfer, quick margin, structured products, move position.
  '1': TRANSFER,
  '6': TRANSFER,
  '12': TRANSFER,
  '15': TRANSFER,
  '26': TRANSFER,
  '32': TRANSFER,
  // Borrowing, repay, loans.
  '16': TRANSFER,
  '22': TRANSFER,
  '33': TRANSFER,
  // Of a trade that is none of ours.
  '2': TRADE,
  '14': TRADE,
  '24': TRADE,
  // Liquidation, auto-deleveraging, clawback.
  '5': LIQUIDATION,
  '9': LIQUIDATION,
  '10': LIQUIDATION,
  '7': both('interest'),
  '8': both('funding'),
  // Forced repayment, system token conversion, convert, easy convert, one-click repay, simple trade.
  '4': both('conversion'),
  '11': both('conversion'),
  '27': both('conversion'),
  '28': both('conversion'),
  '29': both('conversion'),
  '30': both('conversion'),
  // Shares of a profit between a trader and those who copy the trades.
  '250': both('commission'),
  '251': both('rebate'),
};

/** Types whose bills with a trade repeat what an execution says: trade, delivery, liquidation, auto-deleveraging, block trade. */
const OF_EXECUTIONS: ReadonlySet<string> = new Set(['2', '3', '5', '9', '14']);

/** The records of the bills, and apart from them the instruments of ours of which bills repeat what an execution says. */
export function recordsFrom(
  rows: readonly JsonValue[],
  names: Readonly<Record<InstrumentKind, Names>>,
): ReturnType<typeof recordsOf> {
  return recordsOf(rows, {
    executedIn: (bill) => executedIn(bill, names),
    timeOf: (bill) => wholeNumber(bill, 'ts'),
    recordFrom: (bill) => recordFrom(bill, names),
  });
}

/** The names of the bill's instrument; null where it has none of ours. */
function namesOf(bill: JsonObject, names: Readonly<Record<InstrumentKind, Names>>): Names | null {
  const kind = kindOf(optionalText(bill, 'instType') ?? '');
  const venueSymbol = optionalText(bill, 'instId');
  if (kind === null || venueSymbol === null) return null;
  return names[kind].known(venueSymbol) ? names[kind] : null;
}

function executedIn(
  bill: JsonObject,
  names: Readonly<Record<InstrumentKind, Names>>,
): InstrumentSymbol | null {
  if (!OF_EXECUTIONS.has(text(bill, 'type')) || optionalText(bill, 'tradeId') === null) return null;
  return namesOf(bill, names)?.symbol(text(bill, 'instId')) ?? null;
}

function recordFrom(bill: JsonObject, names: Readonly<Record<InstrumentKind, Names>>): AccountRecord {
  const type = text(bill, 'type');
  const subType = optionalText(bill, 'subType');
  const amount = figure(bill, 'balChg');
  const trade = optionalText(bill, 'tradeId');
  const [received, paid] = KINDS[type] ?? both('other');
  return {
    recordId: text(bill, 'billId'),
    kind: amount.isNegative() ? paid : received,
    venueKind: subType === null ? type : `${type}/${subType}`,
    wallet: 'unified',
    asset: asset(text(bill, 'ccy')),
    amount,
    symbol: namesOf(bill, names)?.symbol(text(bill, 'instId')) ?? null,
    // Bills do not name a position side.
    positionSide: 'net',
    tradeId: trade === null ? null : tradeId(trade),
    at: wholeNumber(bill, 'ts'),
  };
}
