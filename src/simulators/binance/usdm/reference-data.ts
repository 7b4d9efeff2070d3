/**
 * Public facts of USD-M futures besides the market: indices, the insurance fund, the queue of deleveraging.
 *
 * Entry point: `referenceEndpoints`. There are no composite indices here and one source of each index price. Source: "Market
 * Data" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { fixed } from '../../wire/figures.ts';
import { publicEndpoint, type Call, type Endpoint } from '../authentication.ts';
import { invalidSymbol } from '../errors.ts';
import { eight } from '../figures.ts';
import type { Listing } from '../listing.ts';
import { USDM_LISTINGS, usdmListing } from './instruments.ts';
import { MARGIN_ASSETS, USDM_SYMBOLS } from './symbols.ts';

/** How far a margin asset is valued below and above its index in multi-assets mode. */
const ASSET_BUFFER = '0.00010000';

export function referenceEndpoints(exchange: Exchange): Endpoint[] {
  return [
    publicEndpoint('/fapi/v1/indexInfo', 1, (call) => {
      const symbol = call.parameters.optional('symbol');
      if (symbol !== undefined && usdmListing(symbol) === undefined) throw invalidSymbol();
      return [];
    }),
    publicEndpoint(
      '/fapi/v1/assetIndex',
      (parameters) => (parameters.has('symbol') ? 1 : 10),
      (call) => assetIndices(call),
    ),
    publicEndpoint('/fapi/v1/constituents', 2, (call) => {
      const listing = listingOf(call);
      return {
        symbol: listing.id,
        time: call.clockMs,
        constituents: [
          {
            exchange: 'binance',
            symbol: listing.id,
            price: fixed(exchange.market(listing.unified)?.indexPrice ?? Decimal.zero, 8),
            weight: '1.00000000',
          },
        ],
      };
    }),
    publicEndpoint('/fapi/v1/insuranceBalance', 1, (call) => {
      const symbol = call.parameters.optional('symbol');
      if (symbol !== undefined && usdmListing(symbol) === undefined) throw invalidSymbol();
      const balances = MARGIN_ASSETS.map((asset) => ({
        asset,
        marginBalance: eight(exchange.insurance(asset)),
        updateTime: call.clockMs,
      }));
      const fund = { symbols: USDM_SYMBOLS.map(({ id }) => id), assets: balances };
      return symbol === undefined ? [fund] : fund;
    }),
    publicEndpoint('/fapi/v1/symbolAdlRisk', 1, (call) => {
      // Nobody is deleveraged here.
      const risk = ({ id }: Pick<Listing, 'id'>): unknown => ({
        symbol: id,
        adlRisk: 'low',
        updateTime: call.clockMs,
      });
      return call.parameters.has('symbol') ? risk(listingOf(call)) : USDM_LISTINGS.map(risk);
    }),
  ];
}

function listingOf(call: Call): Listing {
  const listing = usdmListing(call.parameters.required('symbol'));
  if (listing === undefined) throw invalidSymbol();
  return listing;
}

/** Each margin asset is worth one dollar. */
function assetIndices(call: Call): unknown {
  const wanted = call.parameters.optional('symbol');
  const rows = MARGIN_ASSETS.map((asset) => ({
    symbol: `${asset}USD`,
    time: call.clockMs,
    index: '1.00000000',
    bidBuffer: ASSET_BUFFER,
    askBuffer: ASSET_BUFFER,
    bidRate: '0.99990000',
    askRate: '1.00010000',
    autoExchangeBidBuffer: ASSET_BUFFER,
    autoExchangeAskBuffer: ASSET_BUFFER,
    autoExchangeBidRate: '0.99990000',
    autoExchangeAskRate: '1.00010000',
  }));
  if (wanted === undefined) return rows;
  const found = rows.find(({ symbol }) => symbol === wanted);
  if (found === undefined) throw invalidSymbol();
  return found;
}
