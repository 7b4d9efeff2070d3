/**
 * The venues that worlds run at through the service's own gateways.
 *
 * Entry points: `ON_WIRE`, `WORLD_VENUES`. A venue is added by a table of its own (`VenueOnWire`), a line here, and places among the worlds
 * (`world-setting.ts`).
 */
import { BINANCE_ON_WIRE } from './binance.ts';
import { BITGET_ON_WIRE } from './bitget.ts';
import { BYBIT_ON_WIRE } from './bybit.ts';
import { COINBASE_ON_WIRE } from './coinbase.ts';
import { HTX_ON_WIRE } from './htx.ts';
import { KUCOIN_ON_WIRE } from './kucoin.ts';
import { MEXC_ON_WIRE } from './mexc.ts';
import { OKX_ON_WIRE } from './okx.ts';
import type { VenueOnWire } from './venue-on-wire.ts';

export const WORLD_VENUES = [
  'binance',
  'okx',
  'bybit',
  'kucoin',
  'bitget',
  'mexc',
  'coinbase',
  'htx',
] as const;
export type WorldVenue = (typeof WORLD_VENUES)[number];

export const ON_WIRE: Readonly<Record<WorldVenue, VenueOnWire>> = {
  binance: BINANCE_ON_WIRE,
  okx: OKX_ON_WIRE,
  bybit: BYBIT_ON_WIRE,
  kucoin: KUCOIN_ON_WIRE,
  bitget: BITGET_ON_WIRE,
  mexc: MEXC_ON_WIRE,
  coinbase: COINBASE_ON_WIRE,
  htx: HTX_ON_WIRE,
};
