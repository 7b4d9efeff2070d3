/**
 * Entries of Bitget's financial records as account records.
 *
 * Entry point: `recordsFrom`, which throws `MalformedAnswer` where an entry is not of the documented shape. Sources: "Get Financial Records" and "type
 * (financial records)" of the page of enumerations. The balance moved by `amount` and by `fee`, which stands below zero where it was paid.
 */
import { asset } from '../../core/ids.ts';
import type { InstrumentSymbol } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind } from '../../core/venue/account-record.ts';
import { Decimal } from '../../core/decimal.ts';
import { figure, optionalFigure, optionalText, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { recordsOf } from '../record-entries.ts';
import { kindOf } from './endpoints.ts';

type KindBySign = readonly [received: AccountRecordKind, paid: AccountRecordKind];

const both = (kind: AccountRecordKind): KindBySign => [kind, kind];
const TRANSFER: KindBySign = ['transfer_in', 'transfer_out'];

/** By the words of a type, first match; one that matches none is `other`, because the venue adds types freely. */
const KINDS: readonly (readonly [RegExp, KindBySign])[] = [
  [/^CONTRACT_MAIN_SETTLE_FEE_/, both('funding')],
  [/LIQ_FEE/, both('liquidation_fee')],
  [/^RISK_LIQ_/, both('insurance')],
  [/INTEREST/, both('interest')],
  [/^(?:EXCHANGE_|SMALL_ASSET_|CONVERT)/, both('conversion')],
  [/REBATE/, both('rebate')],
  [/AIRDROP|BONUS|GIFT/, both('airdrop')],
  // Between accounts of the venue, its own included; loans and their principal.
  [/TRANSFER|BORROW|REPAY|^LOAN_/, TRANSFER],
  [/^DEPOSIT/, ['deposit', 'transfer_out']],
  [/^WITHDRAW/, ['transfer_in', 'withdrawal']],
  // Of trades of instruments that are none of ours.
  [
    /^(?:ORDER_|OPEN_|CLOSE_|BUY_|SELL_|FORCE_|BURST_|OFFSET_|REDUCE_|ADL_|DELIVERY_)/,
    ['rebate', 'commission'],
  ],
];

/** Types that repeat what an execution says: bought and sold, opened and closed, by whomever; a fee that BGB paid. */
const OF_EXECUTIONS =
  /^(?:ORDER_DEALT_|ORDER_PLF_FEE_|OPEN_|CLOSE_|BUY_|SELL_|FORCE_|BURST_|OFFSET_|REDUCE_|ADL_|DELIVERY_)/;

/** The records of the entries, and apart from them the instruments of ours of which entries repeat what an execution says. */
export function recordsFrom(
  items: readonly JsonValue[],
  names: Readonly<Record<InstrumentKind, Names>>,
): ReturnType<typeof recordsOf> {
  return recordsOf(items, {
    executedIn: (entry) => (OF_EXECUTIONS.test(text(entry, 'type')) ? symbolOf(entry, names) : null),
    timeOf: (entry) => wholeNumber(entry, 'ts'),
    recordFrom: (entry) => recordFrom(entry, names),
  });
}

/** The entry's instrument; null where it has none of ours. */
function symbolOf(
  entry: JsonObject,
  names: Readonly<Record<InstrumentKind, Names>>,
): InstrumentSymbol | null {
  const kind = kindOf(text(entry, 'category'));
  const venueSymbol = optionalText(entry, 'symbol');
  if (kind === null || venueSymbol === null) return null;
  return names[kind].known(venueSymbol) ? names[kind].symbol(venueSymbol) : null;
}

function recordFrom(entry: JsonObject, names: Readonly<Record<InstrumentKind, Names>>): AccountRecord {
  const category = text(entry, 'category');
  const type = text(entry, 'type');
  const coin = text(entry, 'coin');
  const amount = figure(entry, 'amount').add(optionalFigure(entry, 'fee') ?? Decimal.zero);
  const [received, paid] = KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? both('other');
  return {
    recordId: [category, text(entry, 'id'), type, coin].join(' '),
    kind: amount.isNegative() ? paid : received,
    venueKind: type,
    wallet: 'unified',
    asset: asset(coin),
    amount,
    symbol: symbolOf(entry, names),
    // Entries do not name a position side.
    positionSide: 'net',
    tradeId: null,
    at: wholeNumber(entry, 'ts'),
  };
}
