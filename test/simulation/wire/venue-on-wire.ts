/**
 * One venue of the worlds, by its own wire: all that a world and its auditor have to know of it.
 *
 * Entry point: `VenueOnWire`, which a file of this folder fills in for each venue; `worlds.ts` lists them. The tables read requests
 * themselves and know nothing of the code that wrote them.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Credentials } from '../../../src/simulators/exchange/account.ts';
import type { Fill, Order, OrderType, PositionSide } from '../../../src/simulators/exchange/order.ts';
import type { VenueProtocol } from '../../../src/simulators/venue-protocol.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import type { WireReply } from '../../../src/simulators/wire/wire.ts';

/** The terms of an order as its create states them: plain decimals in base units, and null where the request says nothing. */
export interface TermsOnWire {
  readonly type: OrderType;
  readonly quantity: string | null;
  readonly cost: string | null;
  readonly price: string | null;
  readonly stopPrice: string | null;
  readonly triggerSource: 'last' | 'mark' | null;
  readonly timeInForce: string | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
}

/** A create as it reached the venue. */
export interface CreateOnWire {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: string;
  readonly positionSide: PositionSide;
  readonly terms: TermsOnWire;
  readonly signedAt: number;
  readonly departedAt: number;
  readonly arrivedAt: number;
  readonly process: string;
  /** Whether the storage had this very attempt when the request left. */
  readonly wasJournaled: boolean;
  /** `timestamp`: outside its lifetime; else the refusal's code, or the venue order id. */
  verdict:
    | { readonly kind: 'pending' | 'timestamp' }
    | { readonly kind: 'refused'; readonly code: string }
    | { readonly kind: 'placed'; readonly venueOrderId: string };
}

/** A create as it left, whether it arrived or not. */
export interface SendOnWire {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly departedAt: number;
  /** Whether the venue refused it for being asked too often, before it looked at it. */
  readonly isThrottled: boolean;
  /** Null until it arrives. */
  create: CreateOnWire | null;
}

export interface CancelOnWire {
  readonly clientOrderId: string;
  readonly departedAt: number;
}

/** The order that a request cancels, by whichever id it names; `symbol` null: the request names no instrument. */
export type CancelAsked =
  | { readonly clientOrderId: string }
  | { readonly symbol: string | null; readonly venueOrderId: string; readonly conditional?: boolean };

/** A create as its request states it; `text` is for the trace. */
export type CreateAsked = Pick<
  CreateOnWire,
  'clientOrderId' | 'symbol' | 'side' | 'positionSide' | 'signedAt' | 'terms'
> & { readonly text: string };

/** A venue's ways with the terms of an order, its end and its executions, where venues differ. */
export interface WordsOfVenue {
  /** Whether the create of a stop on spot names the price that triggers it. */
  readonly spotNamesTrigger: boolean;
  /** Whether an order that closes a side of a hedged account is marked as one that only reduces. */
  readonly marksClosingSides: boolean;
  /** Whether an order that ends by the venue's own rules is called expired; else canceled. */
  readonly callsExpired: boolean;
  /** Whether a cancel names the venue's id of an order alone, which has to be known, or looked for, before it can leave. */
  readonly cancelsByVenueIdAlone: boolean;
  /** Whether an execution names the side of the position that it was for. */
  readonly executionsNameSide: boolean;
  /** The limit that an order has at the venue; null for one that its owner gave none, though the venue may have. */
  readonly priceOf: (order: Order) => Decimal | null;
  /**
   * How far beyond the market it takes a limit, in basis points, where it says so beforehand: the protection of a market order keeps
   * `BAND_MARGIN_BPS` inside. Null: it names nothing that a protection comes near.
   */
  readonly bandBpsOf: (symbol: string) => number | null;
  /** Whether the venue may have moved the limit of an order: to a better price for its owner alone. */
  readonly mayMovePrice: (order: Order) => boolean;
  /** Whether an execution on spot states the amount that it moved, which may have fewer digits than its price times its quantity. */
  readonly showsMovedCost: boolean;
  /** Whether an execution that closes a swap states its result, however late it is booked. */
  readonly statesResults: boolean;
  /** Whether the venue documents the order of executions within a millisecond. */
  readonly fillsAreSequenced: boolean;
  /** Whether the mark of spot is the middle of the book, which orders move, and not a figure of the venue's own. */
  readonly spotMarkIsBook: boolean;
}

export interface VenueOnWire extends WordsOfVenue {
  readonly protocol: VenueProtocol;
  /** The key of an account. */
  readonly credentials: (accountId: string) => Credentials;
  /** The grain of the time that a request is signed with, milliseconds: what is journaled is rounded down to it. */
  readonly signedTimeStepMs: number;
  /** For how long after it was signed a create may still be carried out, by the venue's own word and what it leaves open, milliseconds. */
  readonly actsForMs: number;
  /** Whether the answer to a cancel shows how far its order was filled. */
  readonly cancelShowsFigures: boolean;
  /** The HTTP statuses of its answers that prove nothing, given before and after it acted, and of one that refuses for being asked too often. */
  readonly statuses: { readonly before: number; readonly after: number; readonly tooOften: number };
  /** Whether that refusal says in `Retry-After` for how long nothing more may be asked. */
  readonly namesWait: boolean;
  /** Whether an answer says that nothing at all may be asked for a while: a second, where it names no wait. */
  readonly saysStop: (reply: WireReply) => boolean;
  /** Whether a stream at this address is the account's own. */
  readonly isPrivate: (url: URL) => boolean;
  /** Whether a message of ours makes the account's own of a stream whose address says nothing of it. */
  readonly isLogin: (message: string) => boolean;
  /** Null for any request that is no create. */
  readonly createIn: (sent: SentRequest) => CreateAsked | null;
  /** Null for any request that is no cancel. */
  readonly cancelIn: (sent: SentRequest) => CancelAsked | null;
  /** The code of a refused create; `timestamp` where its time had passed, or lay ahead. */
  readonly refusalIn: (reply: WireReply) => string;
  /** The id that it shows for a trade. */
  readonly tradeIdShown: (fill: Pick<Fill, 'symbol' | 'tradeId'>) => string;
}

/** The ways of most venues; a table names its own beside them. */
export const USUAL = {
  signedTimeStepMs: 1,
  // Five seconds of a lifetime, and ten of an engine of which nothing is said.
  actsForMs: 15_000,
  cancelShowsFigures: false,
  namesWait: false,
  isLogin: () => false,
  spotNamesTrigger: false,
  marksClosingSides: false,
  callsExpired: false,
  cancelsByVenueIdAlone: false,
  executionsNameSide: true,
  priceOf: ({ price }) => price,
  bandBpsOf: () => null,
  mayMovePrice: () => false,
  showsMovedCost: false,
  statesResults: true,
  fillsAreSequenced: false,
  spotMarkIsBook: true,
} as const satisfies Partial<VenueOnWire>;

/** Keys that are named as their account is. */
export function namedCredentials(passphrase: string | null): VenueOnWire['credentials'] {
  return (accountId) => ({ key: accountId, secret: accountId, passphrase });
}

/** The parameters of a request, wherever they stand in it. */
export function parametersOf({ query, body }: SentRequest): URLSearchParams {
  return new URLSearchParams(`${query}&${body}`);
}

/** For the trace: without what another key would sign otherwise. */
export function withoutProof(parameters: URLSearchParams): string {
  return [...parameters]
    .filter(([name]) => name !== 'signature' && name !== 'recvWindow')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** The texts and truth values of a JSON body; other members are left out. */
export function fieldsOf(body: string): ReadonlyMap<string, string> {
  const members = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
  return new Map(
    Object.entries(members).flatMap(([name, value]) => (isPlain(value) ? [[name, String(value)]] : [])),
  );
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** By the venue's id where a request names it, else by ours. */
export function cancelBy(
  symbol: string | null,
  venueOrderId: string | null | undefined,
  clientOrderId: string | null | undefined,
): CancelAsked {
  return typeof venueOrderId === 'string' ? { symbol, venueOrderId } : { clientOrderId: clientOrderId ?? '' };
}

/** Base units of a size in contracts that hold so many each. */
export function fromContracts(size: string, contract: string): string {
  return Decimal.parse(size).multiply(Decimal.parse(contract)).toString();
}

/** The code that the first member of this name in an answer has. */
export function codeIn({ body }: WireReply, member: string): string {
  return new RegExp(`"${member}":"?(-?\\d+)`).exec(body)?.[1] ?? 'none';
}
