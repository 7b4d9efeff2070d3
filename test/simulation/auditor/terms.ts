/** I1, I3: every term of an order stands on the wire as it was asked. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Asked } from '../answers.ts';
import type { CreateOnWire, TermsOnWire } from '../wire/venue-on-wire.ts';
import { onlyReduces } from './positions.ts';
import type { AuditedRun } from './audited-run.ts';

/** The protection of a market order that asks for none of its own, in basis points of the touch (docs/risk.md). */
const DEFAULT_PROTECTION_BPS = 200;
/** A limit that was moved into a band stays so far inside it (docs/risk.md). */
const BAND_MARGIN_BPS = 10;
/** The age of a quote from which on it is stale where no limit says otherwise, in milliseconds (docs/risk.md). */
const DEFAULT_STALE_QUOTE_MS = 5_000;
/** How far the touch may stand from the mark in a market that stands still: orders of all sides eat into its few levels. */
const TOUCH_BPS = 100;

/** The record of an accepted order as far as it says how it was approved; all times are of one process's clock. */
interface Approved {
  readonly request: { readonly venueClientOrderId: string };
  readonly approval: { readonly quoteReceivedAt: number; readonly reducing: boolean };
}

export function termsHold(run: AuditedRun): void {
  const byLabel = new Map<string, Asked[]>();
  for (const { asked } of run.evidence.calls.places)
    byLabel.set(asked.label, [...(byLabel.get(asked.label) ?? []), asked]);
  for (const create of run.evidence.venue.creates) {
    const shown = run.shownByClientId.get(create.clientOrderId);
    // An order that the service does not know is another check's.
    if (shown === undefined || run.isOfLadder(create.clientOrderId)) continue;
    const calls = byLabel.get(shown.strategy ?? '') ?? [];
    const differences = calls.map((asked) => differencesOf(run, asked, create));
    if (differences.some((found) => found.length === 0)) continue;
    run.fail(
      'I1',
      `${create.clientOrderId} was sent otherwise than asked: ${(differences[0] ?? ['by nobody']).join(', ')}`,
    );
  }
}

function differencesOf(run: AuditedRun, asked: Asked, create: CreateOnWire): readonly string[] {
  const { terms } = create;
  const { marksClosingSides, spotNamesTrigger } = run.evidence.venue.words;
  const expected = expectedOf(asked, marksClosingSides);
  const found: string[] = [];
  const compare = (name: string, wanted: unknown, sent: unknown): void => {
    if (wanted !== sent) found.push(`${name} is ${String(sent)} for ${String(wanted)}`);
  };
  compare('type', expected.type, terms.type);
  compare('time in force', expected.timeInForce, terms.timeInForce);
  compare('post-only', expected.postOnly, terms.postOnly);
  compare('reduce-only', expected.reduceOnly, terms.reduceOnly);
  // Spot has one source of triggers, which not every request names.
  if (spotNamesTrigger || asked.symbol.includes(':'))
    compare('trigger', expected.triggerSource, terms.triggerSource);
  compare('quantity', plain(expected.quantity), plain(terms.quantity));
  compare('cost', plain(expected.cost), plain(terms.cost));
  compare('stop price', plain(expected.stopPrice), plain(terms.stopPrice));
  if (isProtected(asked)) found.push(...protectionFaults(run, asked, create));
  else if (!isOutOfAllBounds(run, asked) && !isMovedIntoBand(run, asked, create))
    compare('price', plain(asked.price), plain(terms.price));
  return found;
}

/** A limit order that closes is moved into the venue's band from the aggressive side rather than refused (docs/risk.md): never to a worse price. */
function isMovedIntoBand(
  run: AuditedRun,
  { price, side }: Asked,
  { clientOrderId, symbol, terms }: CreateOnWire,
): boolean {
  const accepted = acceptedOf(run, clientOrderId);
  if (price === null || terms.price === null || accepted?.approval.reducing !== true) return false;
  if (run.evidence.venue.words.bandBpsOf(symbol) === null) return false;
  const [asked, sent] = [Decimal.parse(price), Decimal.parse(terms.price)];
  return side === 'sell' ? sent.greaterThan(asked) : sent.lessThan(asked);
}

/** The record of the acceptance; undefined where there is none. */
function acceptedOf(
  run: AuditedRun,
  clientOrderId: string,
): (Approved & { readonly at: number }) | undefined {
  const record = run.evidence.journal.find(
    ({ type, payload }) =>
      type === 'order_accepted' &&
      (payload as unknown as Approved).request.venueClientOrderId === clientOrderId,
  );
  return record === undefined ? undefined : { ...(record.payload as unknown as Approved), at: record.at };
}

/** A closing order at a price that no venue takes is moved to where it is taken; any other is refused there. */
function isOutOfAllBounds(run: AuditedRun, { price, symbol }: Asked): boolean {
  const mark = run.evidence.venue.exchange.market(symbol)?.markPrice;
  if (price === null || mark === undefined) return false;
  return Decimal.parse(price).greaterThan(mark.add(mark));
}

/** A market order of a quantity is sent as a limit that takes at once; one of a cost has no price to be protected by. */
function isProtected({ type, quantity, marketProtectionBps }: Asked): boolean {
  return type === 'market' && quantity !== null && marketProtectionBps !== 0;
}

function expectedOf(
  asked: Asked,
  marksClosingSides: boolean,
): Omit<TermsOnWire, 'price' | 'type'> & { readonly type: string } {
  const isMarket = asked.type === 'market' || asked.type.endsWith('_market');
  const named = asked.trigger === 'mark' ? 'mark' : 'last';
  return {
    type: isProtected(asked) ? 'limit' : asked.type,
    quantity: asked.quantity,
    cost: asked.cost,
    stopPrice: asked.stopPrice,
    triggerSource: asked.stopPrice === null ? null : named,
    timeInForce: isProtected(asked) ? 'IOC' : isMarket ? null : asked.timeInForce,
    postOnly: asked.postOnly,
    // A side of a hedged account is closed by its side alone, where the venue wants no mark beside it.
    reduceOnly: asked.positionSide === 'net' ? asked.reduceOnly : marksClosingSides && onlyReduces(asked),
  };
}

/** The limit of a market order lies beyond the touch on the side that fills, by its protection at most. */
function protectionFaults(
  run: AuditedRun,
  asked: Asked,
  { clientOrderId, symbol, terms }: CreateOnWire,
): readonly string[] {
  if (terms.price === null) return ['the protection is missing'];
  if (!run.evidence.venue.pinned) return [];
  const mark = run.evidence.venue.exchange.market(symbol)?.markPrice;
  if (mark === undefined) return [];
  const bandBps = isBandKnown(run, clientOrderId)
    ? (run.evidence.venue.words.bandBpsOf(symbol) ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
  const protectionBps = Math.min(
    asked.marketProtectionBps ?? DEFAULT_PROTECTION_BPS,
    bandBps - BAND_MARGIN_BPS,
  );
  const beyond = Decimal.parse(terms.price)
    .subtract(mark)
    .multiply(Decimal.fromInteger(asked.side === 'buy' ? 10_000 : -10_000));
  const least = mark.multiply(Decimal.fromInteger(protectionBps - TOUCH_BPS));
  const most = mark.multiply(Decimal.fromInteger(protectionBps + TOUCH_BPS));
  return beyond.compare(least) < 0 || beyond.compare(most) > 0
    ? [`the protection is ${terms.price}, with the mark at ${mark.toString()}`]
    : [];
}

/** A band whose reference is too old says nothing (docs/risk.md): an order that closes is sent without it, any other is refused. */
function isBandKnown(run: AuditedRun, clientOrderId: string): boolean {
  const accepted = acceptedOf(run, clientOrderId);
  if (accepted === undefined) return true;
  const { quoteReceivedAt, reducing } = accepted.approval;
  const maxAgeMs = run.evidence.strictLimits.staleQuoteMs ?? DEFAULT_STALE_QUOTE_MS;
  return !reducing || accepted.at - quoteReceivedAt <= maxAgeMs;
}

function plain(text: string | null): string | null {
  return text === null ? null : Decimal.parse(text).toString();
}
