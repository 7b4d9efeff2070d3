/**
 * The truth at a simulated venue, and the levers over it, for the conformance suite.
 *
 * Entry points: `ControlClient`. It speaks the simulators' control API, which is no part of any venue's protocol.
 */
import { z } from 'zod';
import { Decimal } from '../../core/decimal.ts';

const order = z.object({
  venue_order_id: z.string(),
  client_order_id: z.string().nullable(),
  account_id: z.string(),
  symbol: z.string(),
  side: z.string(),
  position_side: z.string().nullable(),
  type: z.string(),
  price: z.string().nullable(),
  stop_price: z.string().nullable(),
  quantity: z.string().nullable(),
  filled: z.string(),
  status: z.string(),
  reduce_only: z.boolean(),
  conditional_venue_order_id: z.string().nullable(),
  triggered_venue_order_id: z.string().nullable(),
});
const fill = z.object({
  trade_id: z.string(),
  venue_order_id: z.string(),
  client_order_id: z.string().nullable(),
  symbol: z.string(),
  side: z.string(),
  position_side: z.string().nullable(),
  price: z.string(),
  quantity: z.string(),
  fee: z.string(),
  fee_asset: z.string(),
  liquidity: z.string(),
});
const balance = z.object({ wallet: z.string(), asset: z.string(), total: z.string(), free: z.string() });
const position = z.object({
  symbol: z.string(),
  position_side: z.string(),
  side: z.string(),
  quantity: z.string(),
  entry_price: z.string().nullable(),
  leverage: z.coerce.string(),
  liquidation_price: z.string().nullable(),
  maintenance_margin: z.string(),
});
const count = z.object({ route: z.string(), outcome: z.string(), count: z.number() });
const account = z.object({
  account_id: z.string(),
  key: z.string(),
  secret: z.string(),
  passphrase: z.string().nullable(),
});

export type TrueOrder = z.infer<typeof order>;
export type TrueFill = z.infer<typeof fill>;
export type TrueAccount = z.infer<typeof account>;

export interface FaultSpec {
  readonly kind: string;
  readonly route?: string;
  readonly count?: number;
  /** Instead of `count`: how likely it meets a request, with the seed of the draw. */
  readonly probability?: number;
  readonly seed?: number;
  readonly delay_ms?: number;
  readonly status?: number;
  readonly retry_after_s?: number;
  readonly skew_ms?: number;
  /** The venue's own code and words, in place of those that the fault has there. */
  readonly code?: number;
  readonly message?: string;
}

/** Base units in one contract, by symbol, where the venue counts sizes in contracts. */
export type ContractSizes = Readonly<Record<string, string>>;

/** Sizes are in base units, whatever the venue counts them in. */
export class ControlClient {
  readonly #base: string;
  readonly #contractSizes: ContractSizes;

  /** `controlUrl` as the host reports it; `venue` by its name. */
  constructor(controlUrl: string, venue: string, contractSizes: ContractSizes = {}) {
    this.#base = `${controlUrl}/control/${venue}`;
    this.#contractSizes = contractSizes;
  }

  async newAccount(permissions: { readonly withdraw: boolean } = { withdraw: false }): Promise<TrueAccount> {
    return account.parse(await this.#post('accounts', { permissions: { trade: true, ...permissions } }));
  }

  async orders(accountId: string): Promise<readonly TrueOrder[]> {
    const orders = z.array(order).parse(await this.#get(`orders?account=${accountId}`));
    return orders.map((one) => ({
      ...one,
      quantity: one.quantity === null ? null : this.#inBase(one.symbol, one.quantity),
      filled: this.#inBase(one.symbol, one.filled),
    }));
  }

  async fills(accountId: string): Promise<readonly TrueFill[]> {
    const fills = z.array(fill).parse(await this.#get(`fills?account=${accountId}`));
    return fills.map((one) => ({ ...one, quantity: this.#inBase(one.symbol, one.quantity) }));
  }

  async balances(accountId: string): Promise<readonly z.infer<typeof balance>[]> {
    return z.array(balance).parse(await this.#get(`balances?account=${accountId}`));
  }

  async positions(accountId: string): Promise<readonly z.infer<typeof position>[]> {
    const positions = z.array(position).parse(await this.#get(`positions?account=${accountId}`));
    return positions.map((one) => ({ ...one, quantity: this.#inBase(one.symbol, one.quantity) }));
  }

  #inBase(symbol: string, size: string): string {
    const contract = this.#contractSizes[symbol];
    return contract === undefined ? size : Decimal.parse(size).multiply(Decimal.parse(contract)).toString();
  }

  /** How many requests reached the venue on a route, whatever became of them. */
  async requestCount(route: string): Promise<number> {
    const counts = z.array(count).parse(await this.#get('requests'));
    return counts.filter((one) => one.route === route).reduce((sum, one) => sum + one.count, 0);
  }

  async price(symbol: string, price: string): Promise<void> {
    await this.#post('price', { symbol, price, hold: true });
  }

  async deposit(accountId: string, wallet: string, asset: string, amount: string): Promise<void> {
    await this.#post('deposits', { account: accountId, wallet, asset, amount });
  }

  async withdraw(accountId: string, wallet: string, asset: string, amount: string): Promise<void> {
    await this.#post('withdrawals', { account: accountId, wallet, asset, amount });
  }

  async transfer(accountId: string, asset: string, amount: string, from: string, to: string): Promise<void> {
    await this.#post('transfers', { account: accountId, asset, amount, from, to });
  }

  async fault(spec: FaultSpec): Promise<void> {
    await this.#post('faults', spec);
  }

  async clearFaults(): Promise<void> {
    await this.#expectOk(await fetch(`${this.#base}/faults`, { method: 'DELETE' }));
  }

  async #get(path: string): Promise<unknown> {
    return this.#expectOk(await fetch(`${this.#base}/${path}`));
  }

  async #post(path: string, body: object): Promise<unknown> {
    return this.#expectOk(
      await fetch(`${this.#base}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  }

  async #expectOk(response: Response): Promise<unknown> {
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`control API: ${response.status} ${JSON.stringify(body)}`);
    return body;
  }
}
