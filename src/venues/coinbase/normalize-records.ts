/**
 * Entries of Coinbase's transactions as account records.
 *
 * Entry point: `recordsFrom`, which throws `MalformedAnswer` where an entry is not of the documented shape. Source: "Transactions" of the
 * Coinbase App API, with its list of types. `amount` is what the balance moved by.
 */
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind } from '../../core/venue/account-record.ts';
import { asObject, figure, optionalText, text } from '../ccxt/exact-json.ts';
import { takenAndGivenBack } from '../record-entries.ts';
import { timeIn } from './fields.ts';

type KindBySign = readonly [received: AccountRecordKind, paid: AccountRecordKind];

const both = (kind: AccountRecordKind): KindBySign => [kind, kind];
const OUTSIDE: KindBySign = ['deposit', 'withdrawal'];
const TRANSFER: KindBySign = ['transfer_in', 'transfer_out'];

const ofTypes = (
  kinds: KindBySign,
  ...types: readonly string[]
): readonly (readonly [type: string, kinds: KindBySign])[] => types.map((type) => [type, kinds]);

/** By type; what is missing is `other`, because the venue adds types freely. */
const KINDS: ReadonlyMap<string, KindBySign> = new Map<string, KindBySign>([
  ...ofTypes(OUTSIDE, 'send', 'receive', 'fiat_deposit', 'fiat_withdrawal', 'clawback', 'onchain_deposit'),
  ...ofTypes(
    TRANSFER,
    'transfer',
    'exchange_deposit',
    'exchange_withdrawal',
    'pro_deposit',
    'pro_withdrawal',
    'vault_withdrawal',
    'intx_deposit',
    'intx_withdrawal',
    'derivatives_settlement',
    'staking_transfer',
    'unstaking_transfer',
    'retail_eth2_deprecation',
  ),
  ...ofTypes(both('conversion'), 'buy', 'sell', 'trade', 'wrap_asset', 'unwrap_asset', 'retail_simple_dust'),
  ...ofTypes(both('interest'), 'interest', 'earn_payout', 'staking_reward', 'inflation_reward'),
  ...ofTypes(both('airdrop'), 'incentives_rewards_payout', 'incentives_shared_clawback'),
  ...ofTypes(both('rebate'), 'subscription_rebate'),
  ...ofTypes(both('commission'), 'subscription'),
]);

/** Repeats what an execution says. */
const OF_EXECUTIONS = 'advanced_trade_fill';
/** The venue gives back the amount that it took. */
const GIVEN_BACK: ReadonlySet<string> = new Set(['failed', 'canceled', 'expired']);
/** Has not moved a balance yet. */
const NOT_BEGUN = 'waiting_for_signature';

/** The records of the entries, without those of executions. */
export function recordsFrom(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'transaction'))
    .filter((entry) => text(entry, 'type') !== OF_EXECUTIONS)
    .flatMap(recordsOfEntry);
}

/** An amount that leaves is taken at once, and may be given back; one that comes in is there when it is completed. */
function recordsOfEntry(entry: JsonObject): readonly AccountRecord[] {
  const status = optionalText(entry, 'status') ?? 'completed';
  if (status === 'completed') return [recordFrom(entry)];
  if (!amountOf(entry).isNegative() || status === NOT_BEGUN) return [];
  return takenAndGivenBack(recordFrom(entry), GIVEN_BACK.has(status));
}

function amountOf(entry: JsonObject) {
  return figure(asObject(entry['amount'], 'amount'), 'amount');
}

function recordFrom(entry: JsonObject): AccountRecord {
  const type = text(entry, 'type');
  const amount = amountOf(entry);
  const [received, paid] = KINDS.get(type) ?? both('other');
  return {
    recordId: text(entry, 'id'),
    kind: amount.isNegative() ? paid : received,
    venueKind: type,
    wallet: 'spot',
    asset: asset(text(asObject(entry['amount'], 'amount'), 'currency')),
    amount,
    symbol: null,
    positionSide: 'net',
    tradeId: null,
    at: timeIn(entry, 'created_at'),
  };
}
