/**
 * Why the exchange refuses: a closed union with the figures, which each venue maps to its own codes and texts.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { SymbolStatus } from './state.ts';

export type Refusal =
  | { readonly code: 'unknown_account' }
  | { readonly code: 'unknown_symbol'; readonly symbol: string }
  /** A field is missing, or given where the type takes none. `field` is a name of OrderRequest. */
  | { readonly code: 'bad_field'; readonly field: string; readonly detail: string }
  | { readonly code: 'price_off_tick'; readonly field: 'price' | 'stopPrice'; readonly tick: Decimal }
  | {
      readonly code: 'price_outside_band';
      readonly lowest: Decimal;
      readonly highest: Decimal;
      readonly price: Decimal;
    }
  | { readonly code: 'quantity_off_step'; readonly step: Decimal }
  | { readonly code: 'quantity_too_small'; readonly minQuantity: Decimal }
  | { readonly code: 'quantity_too_large'; readonly maxQuantity: Decimal }
  | { readonly code: 'notional_too_small'; readonly minNotional: Decimal; readonly notional: Decimal }
  | {
      readonly code: 'insufficient_balance';
      readonly asset: string;
      readonly needed: Decimal;
      readonly free: Decimal;
    }
  | { readonly code: 'duplicate_client_order_id'; readonly venueOrderId: string }
  | { readonly code: 'post_only_would_take' }
  | { readonly code: 'would_trigger_immediately' }
  /** The legs of a list do not stand on the two sides of the market as they must. */
  | { readonly code: 'list_prices_refused' }
  | { readonly code: 'too_many_open_orders'; readonly limit: number }
  /** No position that the order could reduce, or on the wrong side, or (hedge mode) less of it than the order would close. */
  /** `besideOthers`: the position is there, and orders in the book close it already. */
  | { readonly code: 'reduce_only_refused'; readonly besideOthers?: true }
  | { readonly code: 'leverage_out_of_range'; readonly maxLeverage: number }
  | { readonly code: 'margin_mode_in_use' }
  /** Margin is moved into isolated positions alone, where there is one, and out of them as far as they do not need it. */
  | { readonly code: 'margin_not_isolated' }
  | { readonly code: 'no_position' }
  | { readonly code: 'isolated_margin_needed'; readonly free: Decimal }
  /** The order names a position that an account in its mode does not have. */
  | { readonly code: 'position_side_mismatch' }
  /** The position mode stays while there are open swap orders, or else open positions. */
  | { readonly code: 'position_mode_in_use'; readonly by: 'orders' | 'positions' }
  /** The symbol takes no such request now. */
  | { readonly code: 'symbol_not_trading'; readonly status: SymbolStatus }
  | { readonly code: 'order_not_found' }
  /** Known, and finished already. */
  | { readonly code: 'order_not_open'; readonly venueOrderId: string }
  | { readonly code: 'amend_refused'; readonly detail: string };

export type RefusalCode = Refusal['code'];
