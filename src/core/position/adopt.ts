/**
 * Adoption of spot holdings: inventory becomes a position, which can be reduced and closed as if it had been bought here.
 *
 * Entry point: `adoptHoldings`. No money moves: the position begins at what the holdings are worth now, so that equity, the
 * day's result and the drawdown stay as they are, and results count from here on. The cost basis is kept beside it for showing.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { positionOf } from '../portfolio/book-changes.ts';
import { inventoryOf } from '../reconcile/holdings.ts';
import { adoptionFill } from './adoption.ts';
import { applyFill, openingMarks } from './position.ts';
import { exchangeBeside } from '../risk/exchanges.ts';

export interface AdoptionRequest {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly setting: OrderSetting;
  readonly quantity: Decimal;
  readonly costBasis: Decimal;
  readonly mark: Decimal;
  /** Venue clock. */
  readonly venueAt: TimeMs;
  readonly requestedBy: string;
  readonly why: string;
  /** Identifies a repeat of the request. */
  readonly idempotency: { readonly key: string; readonly contentHash: string } | null;
}

export type AdoptionReply =
  /** `replayed`: by an earlier request with the same key and content; nothing was changed now. */
  | { readonly kind: 'adopted'; readonly replayed: boolean }
  | { readonly kind: 'more_than_inventory'; readonly inventory: Decimal }
  /** The key belongs to a request with another content. */
  | { readonly kind: 'adoption_key_conflict' };

export function adoptHoldings(draft: Draft, request: AdoptionRequest): AdoptionReply {
  const { accountId, symbol, setting, quantity, costBasis, mark, venueAt, requestedBy, why, idempotency } =
    request;
  const earlier = idempotency === null ? undefined : draft.state.adoptionKeys.get(idempotency.key);
  if (earlier !== undefined)
    return earlier === idempotency?.contentHash
      ? { kind: 'adopted', replayed: true }
      : { kind: 'adoption_key_conflict' };
  const inventory = inventoryOf(draft.state, accountId, setting.base).max(Decimal.zero);
  if (quantity.greaterThan(inventory)) return { kind: 'more_than_inventory', inventory };
  const before = positionOf(draft.state, { accountId, symbol, positionSide: 'net', ...setting });
  const last = before.recent.at(-1);
  // After the last execution that is known: of those of one millisecond nothing says which was first.
  const executedAt = last === undefined ? venueAt : Math.max(venueAt, last.executedAt + 1);
  const adoptionId = `adoption-${draft.at}-${quantity.toString()}-${costBasis.toString()}`;
  const adoption = { adoptionId, quantity, costBasis, price: mark, executedAt };
  const { position } = applyFill(before, adoptionFill(adoption));
  draft.emit({
    type: 'position_adopted',
    accountId,
    symbol,
    setting,
    adoption,
    ...openingMarks(before, position),
    requestedBy,
    why,
    ...(idempotency === null ? {} : { idempotency }),
  });
  exchangeBeside(draft, before, { base: Decimal.zero, quote: Decimal.zero });
  return { kind: 'adopted', replayed: false };
}
