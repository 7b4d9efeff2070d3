/**
 * Entries of Bybit's transaction log as account records.
 *
 * Entry point: `recordsFrom`, which throws `MalformedAnswer` where an entry is not of the documented shape. Sources: "Get Transaction
 * Log" and `type(uta-translog)` of the v5 documentation. `change` is what the balance moved by. The example of the page repeats an id
 * in two entries, so that ours carry the type, the coin and the trade as well.
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

/** By type; what is missing is `other`, because the venue adds types freely. */
const KINDS: ReadonlyMap<string, KindBySign> = new Map<string, KindBySign>([
  ['SETTLEMENT', both('funding')],
  // A charge of a trade that is none of ours.
  ['TRADE', both('commission')],
  ['LIQUIDATION', LIQUIDATION],
  ['FEE_REFUND', both('rebate')],
  ['INTEREST', both('interest')],
  ['SPREAD_FEE_OUT', both('commission')],
  ['BROKER_ABACCOUNT_FEE', both('commission')],
  ...['AIRDROP', 'BONUS', 'BONUS_RECOLLECT', 'TWAP_BUDGET_AIRDROP', 'TWAP_BUDGET_RECALL'].map(
    (type) => [type, both('airdrop')] as const,
  ),
  ...[
    'CURRENCY_BUY',
    'CURRENCY_SELL',
    'CONVERT',
    'SPOT_REPAYMENT_SELL',
    'SPOT_REPAYMENT_BUY',
    'AUTO_SOLD_COLLATERAL_INS_LOAN',
    'AUTO_BUY_LIABILITY_INS_LOAN',
    'INSTITUTION_EXCHANGE_SELL',
    'INSTITUTION_EXCHANGE_BUY',
    'EARNING_REDEMPTION_SELL',
    'EARNING_REDEMPTION_BUY',
    'IDN_CONVERT_IN',
    'IDN_CONVERT_OUT',
  ].map((type) => [type, both('conversion')] as const),
  ...[
    'TRANSFER_IN',
    'TRANSFER_OUT',
    'TRANSFER_IN_INS_LOAN',
    'TRANSFER_OUT_INS_LOAN',
    'BONUS_TRANSFER_IN',
    'BONUS_TRANSFER_OUT',
    'PEF_TRANSFER_IN',
    'PEF_TRANSFER_OUT',
    'PREMARKET_TRANSFER_OUT',
    'CUSTODY_LOCK',
    'CUSTODY_UNLOCK',
    'CUSTODY_UNLOCK_REFUND',
    'TOKENS_SUBSCRIPTION',
    'TOKENS_REDEMPTION',
    'BORROW',
    'REPAY',
    'BORROWED_AMOUNT_INS_LOAN',
    'PRINCIPLE_REPAYMENT_INS_LOAN',
    'AUTO_PRINCIPLE_REPAYMENT_INS_LOAN',
    'LOANS_BORROW_FUNDS',
    'LOANS_PLEDGE_ASSET',
    'INSTITUTION_LOAN_IN',
    'INSTITUTION_PAYBACK_PRINCIPAL_OUT',
    'INSTITUTION_LIQ_PRINCIPAL_OUT',
    'INSTITUTION_LOAN_TRANSFER_IN',
    'INSTITUTION_LOAN_TRANSFER_OUT',
    'INSTITUTION_LOAN_WITHOUT_WITHDRAW',
    'INSTITUTION_LOAN_RESERVE_IN',
    'INSTITUTION_LOAN_RESERVE_OUT',
  ].map((type) => [type, TRANSFER] as const),
]);

/** Money put into a product of the venue, and taken out of it again. */
const OF_PRODUCTS = /_(?:SUBSCRIPTION|REDEMPTION|REFUND)$/;

/** Types whose entries with a trade repeat what an execution says. */
const OF_EXECUTIONS: ReadonlySet<string> = new Set(['TRADE', 'LIQUIDATION', 'ADL', 'DELIVERY']);

/** The records of the entries, and apart from them the instruments of ours of which entries repeat what an execution says. */
export function recordsFrom(
  items: readonly JsonValue[],
  names: Readonly<Record<InstrumentKind, Names>>,
): ReturnType<typeof recordsOf> {
  return recordsOf(items, {
    executedIn: (entry) => executedIn(entry, names),
    timeOf: (entry) => wholeNumber(entry, 'transactionTime'),
    recordFrom: (entry) => recordFrom(entry, names),
  });
}

function namesOf(entry: JsonObject, names: Readonly<Record<InstrumentKind, Names>>): Names {
  return names[kindOf(optionalText(entry, 'category'))];
}

function executedIn(
  entry: JsonObject,
  names: Readonly<Record<InstrumentKind, Names>>,
): InstrumentSymbol | null {
  if (!OF_EXECUTIONS.has(text(entry, 'type')) || optionalText(entry, 'tradeId') === null) return null;
  const symbol = optionalText(entry, 'symbol');
  const own = namesOf(entry, names);
  return symbol !== null && own.known(symbol) ? own.symbol(symbol) : null;
}

function recordFrom(entry: JsonObject, names: Readonly<Record<InstrumentKind, Names>>): AccountRecord {
  const type = text(entry, 'type');
  const amount = figure(entry, 'change');
  const currency = text(entry, 'currency');
  const trade = optionalText(entry, 'tradeId');
  const venueSymbol = optionalText(entry, 'symbol');
  const own = namesOf(entry, names);
  const [received, paid] = KINDS.get(type) ?? (OF_PRODUCTS.test(type) ? TRANSFER : both('other'));
  return {
    recordId: [type, text(entry, 'id'), currency, ...(trade === null ? [] : [trade])].join(' '),
    kind: amount.isNegative() ? paid : received,
    venueKind: type,
    wallet: 'unified',
    asset: asset(currency),
    amount,
    symbol: venueSymbol !== null && own.known(venueSymbol) ? own.symbol(venueSymbol) : null,
    // Entries do not name a position side.
    positionSide: 'net',
    tradeId: trade === null ? null : tradeId(trade),
    at: wholeNumber(entry, 'transactionTime'),
  };
}
