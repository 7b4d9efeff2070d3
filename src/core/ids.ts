/**
 * Names of things, branded so that one kind of id cannot stand where another is meant.
 * Each constructor below is the only cast for its brand; ids are made by the shell and come into core as data.
 */

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

export type PortfolioId = Brand<'PortfolioId'>;
export type AccountId = Brand<'AccountId'>;
/** Our id of an order, shown to users. */
export type OrderId = Brand<'OrderId'>;
/** The id a user gave an order; unique per portfolio for ever. Never sent to a venue. */
export type ClientOrderId = Brand<'ClientOrderId'>;
/** The client id that we send to the venue: random, at most 32 lower-case alphanumerics. */
export type VenueClientOrderId = Brand<'VenueClientOrderId'>;
/** The venue's own id of an order; unique per account and instrument. */
export type VenueOrderId = Brand<'VenueOrderId'>;
/** The venue's id of one execution; on most venues unique per instrument only, and shared by both sides of a self-trade. */
export type TradeId = Brand<'TradeId'>;
/** A unified symbol: `BTC/USDT` (spot) or `BTC/USDT:USDT` (linear swap). */
export type InstrumentSymbol = Brand<'InstrumentSymbol'>;
/** A currency or token: `USDT`, `BTC`. */
export type Asset = Brand<'Asset'>;

export const portfolioId = (text: string): PortfolioId => text as PortfolioId;
export const accountId = (text: string): AccountId => text as AccountId;
export const orderId = (text: string): OrderId => text as OrderId;
export const clientOrderId = (text: string): ClientOrderId => text as ClientOrderId;
export const venueClientOrderId = (text: string): VenueClientOrderId => text as VenueClientOrderId;
export const venueOrderId = (text: string): VenueOrderId => text as VenueOrderId;
export const tradeId = (text: string): TradeId => text as TradeId;
export const instrumentSymbol = (text: string): InstrumentSymbol => text as InstrumentSymbol;
export const asset = (text: string): Asset => text as Asset;

/** The exchanges we speak to, in the order in which they are listed everywhere. */
export const VENUES = ['binance', 'okx', 'bybit', 'htx', 'bitget', 'coinbase', 'kucoin', 'mexc'] as const;
export type Venue = (typeof VENUES)[number];

/** Where an account's requests go and whose keys sign them. */
export const ACCOUNT_MODES = ['paper', 'testnet', 'live'] as const;
export type AccountMode = (typeof ACCOUNT_MODES)[number];

/** Milliseconds since 1970-01-01 UTC. */
export type TimeMs = number;
