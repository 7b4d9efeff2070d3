/**
 * The instruments that a venue lists, under our symbols and under its own.
 *
 * Entry points: `MarketTable` for all at one address, `MarketsOfKinds` for what one account trades, `Names` for reading
 * what the venue says of them, `mustBeListed`; `identityOf` and `feesOf` for reading its list.
 */
import type { Decimal } from '../core/decimal.ts';
import { asset, instrumentSymbol } from '../core/ids.ts';
import type { InstrumentSymbol, Venue } from '../core/ids.ts';
import type { Instrument, InstrumentKind } from '../core/instrument.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import { ReadFailure } from './read-retry.ts';

/** An instrument with the name that the venue gives it. */
export interface ListedInstrument {
  readonly venueSymbol: string;
  readonly instrument: Instrument;
}

/** Rates of an account without volume, the worst case. */
export type BaseFees = Readonly<Record<InstrumentKind, { readonly maker: Decimal; readonly taker: Decimal }>>;

/** The fields of an instrument that follow from the names of its assets. `settle` is the quote on spot. */
export function identityOf(
  venue: Venue,
  kind: InstrumentKind,
  [base, quote, settle]: readonly [base: string, quote: string, settle: string],
): Pick<Instrument, 'venue' | 'symbol' | 'kind' | 'base' | 'quote' | 'settle'> {
  return {
    venue,
    symbol: instrumentSymbol(kind === 'spot' ? `${base}/${quote}` : `${base}/${quote}:${settle}`),
    kind,
    base: asset(base),
    quote: asset(quote),
    settle: asset(settle),
  };
}

export function feesOf(
  fees: BaseFees,
  kind: InstrumentKind,
): Pick<Instrument, 'makerFeeRate' | 'takerFeeRate'> {
  return { makerFeeRate: fees[kind].maker, takerFeeRate: fees[kind].taker };
}

/** Both ways between our symbols and the venue's, which may use one name for a spot pair and its perpetual. */
export interface Markets {
  get(symbol: InstrumentSymbol): ListedInstrument | undefined;
  byVenueSymbol(kind: InstrumentKind, venueSymbol: string): Instrument | undefined;
  all(): readonly ListedInstrument[];
}

/** All instruments at one address, each kind replaced as a whole whenever it is read again. */
export class MarketTable implements Markets {
  readonly #bySymbol = new Map<InstrumentSymbol, ListedInstrument>();
  readonly #byVenueSymbol: Record<InstrumentKind, Map<string, ListedInstrument>> = {
    spot: new Map(),
    linear_swap: new Map(),
  };

  /**
   * Takes in what the venue lists now. An instrument that it lists no more stays, inactive: its orders can still
   * be looked up and canceled.
   */
  put(kind: InstrumentKind, listed: readonly ListedInstrument[]): void {
    const now = new Set(listed.map((item) => item.venueSymbol));
    const gone = [...this.#byVenueSymbol[kind].values()]
      .filter((item) => !now.has(item.venueSymbol))
      .map((item) => ({ ...item, instrument: { ...item.instrument, active: false } }));
    for (const item of [...listed, ...gone]) {
      this.#bySymbol.set(item.instrument.symbol, item);
      this.#byVenueSymbol[kind].set(item.venueSymbol, item);
    }
  }

  get(symbol: InstrumentSymbol): ListedInstrument | undefined {
    return this.#bySymbol.get(symbol);
  }

  byVenueSymbol(kind: InstrumentKind, venueSymbol: string): Instrument | undefined {
    return this.#byVenueSymbol[kind].get(venueSymbol)?.instrument;
  }

  all(): readonly ListedInstrument[] {
    return [...this.#bySymbol.values()];
  }
}

/** The instruments of the kinds that one account trades. */
export class MarketsOfKinds implements Markets {
  readonly #table: Markets;
  readonly #kinds: readonly InstrumentKind[];

  constructor(table: Markets, kinds: readonly InstrumentKind[]) {
    this.#table = table;
    this.#kinds = kinds;
  }

  get(symbol: InstrumentSymbol): ListedInstrument | undefined {
    const listed = this.#table.get(symbol);
    return listed !== undefined && this.#kinds.includes(listed.instrument.kind) ? listed : undefined;
  }

  byVenueSymbol(kind: InstrumentKind, venueSymbol: string): Instrument | undefined {
    return this.#kinds.includes(kind) ? this.#table.byVenueSymbol(kind, venueSymbol) : undefined;
  }

  all(): readonly ListedInstrument[] {
    return this.#table.all().filter((listed) => this.#kinds.includes(listed.instrument.kind));
  }
}

/** Names instruments; throws for one that the venue did not list to us. */
export class Names {
  readonly #markets: Markets;
  readonly #kind: InstrumentKind;

  constructor(markets: Markets, kind: InstrumentKind) {
    this.#markets = markets;
    this.#kind = kind;
  }

  get kind(): InstrumentKind {
    return this.#kind;
  }

  known(venueSymbol: string): boolean {
    return this.#markets.byVenueSymbol(this.#kind, venueSymbol) !== undefined;
  }

  /** Whether an instrument of the kind, active or not, has `name` as its base or its quote. */
  listsAsset(name: string): boolean {
    return this.#markets
      .all()
      .some(
        ({ instrument: { kind, base, quote } }) => kind === this.#kind && (base === name || quote === name),
      );
  }

  /** For figures that are stated in contracts. */
  instrument(venueSymbol: string): Instrument {
    const instrument = this.#markets.byVenueSymbol(this.#kind, venueSymbol);
    if (instrument === undefined) throw new MalformedAnswer(`unlisted symbol ${venueSymbol}`);
    return instrument;
  }

  symbol(venueSymbol: string): InstrumentSymbol {
    return this.instrument(venueSymbol).symbol;
  }
}

/** Throws a `ReadFailure` for what the venue does not list. */
export function mustBeListed(markets: Markets, symbol: InstrumentSymbol): ListedInstrument {
  const listed = markets.get(symbol);
  if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
  return listed;
}
