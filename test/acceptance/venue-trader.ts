/** A trader at the simulated Binance without the service: signed requests of the venue's own REST protocol. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Control, Keys } from './control.ts';

const placed = z.object({ orderId: z.union([z.number(), z.string()]), status: z.string() });

export interface TraderOrder {
  readonly side: 'BUY' | 'SELL';
  readonly quantity: string;
  /** Absent: at the market. */
  readonly price?: string;
}

export class VenueTrader {
  readonly #rest: string;
  readonly #keys: Keys;

  constructor(rest: string, keys: Keys) {
    this.#rest = rest;
    this.#keys = keys;
  }

  /** BTC/USDT; resolves with the venue's order id and status. */
  async place({
    side,
    quantity,
    price,
  }: TraderOrder): Promise<{ readonly venueOrderId: string; readonly status: string }> {
    const answer = await this.#ask('POST', {
      symbol: 'BTCUSDT',
      side,
      quantity,
      ...(price === undefined ? { type: 'MARKET' } : { type: 'LIMIT', timeInForce: 'GTC', price }),
    });
    const { orderId, status } = placed.parse(answer);
    return { venueOrderId: String(orderId), status };
  }

  async cancel(venueOrderId: string): Promise<void> {
    await this.#ask('DELETE', { symbol: 'BTCUSDT', orderId: venueOrderId });
  }

  /** Closes a part of one side of a hedged account's BTC/USDT:USDT, at the market. */
  async closeSide(positionSide: 'LONG' | 'SHORT', quantity: string): Promise<void> {
    const side = positionSide === 'LONG' ? 'SELL' : 'BUY';
    await this.#ask(
      'POST',
      { symbol: 'BTCUSDT', side, positionSide, type: 'MARKET', quantity },
      '/fapi/v1/order',
    );
  }

  async #ask(
    method: string,
    parameters: Readonly<Record<string, string>>,
    path = '/api/v3/order',
  ): Promise<unknown> {
    const query = new URLSearchParams({ ...parameters, timestamp: String(Date.now()) }).toString();
    const signature = createHmac('sha256', this.#keys.secret).update(query).digest('hex');
    const response = await fetch(`${this.#rest}${path}?${query}&signature=${signature}`, {
      method,
      headers: { 'X-MBX-APIKEY': this.#keys.key },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${query} answered ${response.status}: ${text}`);
    return JSON.parse(text) as unknown;
  }
}

/** A counterparty with an account of its own: its trades are no drift of ours. */
export async function counterparty(control: Control): Promise<VenueTrader> {
  return new VenueTrader(await restOf(control), await control.trader('counterparty'));
}

/** An external trader with the keys of the service's own account: its orders and trades must show as drift. */
export async function ownKeysTrader(control: Control): Promise<VenueTrader> {
  const venue = (await control.health()).venues['binance'];
  if (venue === undefined) throw new Error('the simulator serves no binance');
  return new VenueTrader(venue.rest, { key: venue.key, secret: venue.secret });
}

async function restOf(control: Control): Promise<string> {
  const venue = (await control.health()).venues['binance'];
  if (venue === undefined) throw new Error('the simulator serves no binance');
  return venue.rest;
}
