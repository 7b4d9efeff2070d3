/** Whether an account at the simulated Binance pays its fees in BNB: the account's own choice, which no request of ours makes. */
import { createHmac } from 'node:crypto';
import type { TestService } from './service-fixture.ts';

interface Keys {
  readonly key: string;
  readonly secret: string;
}

/** `keys` are those of the paper account unless given. Throws where the exchange did not take it. */
export async function payFeesInBnb(
  service: Pick<TestService, 'control'>,
  on: boolean,
  keys?: Keys,
): Promise<void> {
  const health = (await service.control('GET', 'health')) as {
    readonly venues: Readonly<Record<'binance', Keys & { readonly rest: string }>>;
  };
  const { rest, ...ofPaper } = health.venues.binance;
  const { key, secret } = keys ?? ofPaper;
  const query = `spotBNBBurn=${String(on)}&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', secret).update(query).digest('hex');
  const answer = await fetch(`${rest}/sapi/v1/bnbBurn?${query}&signature=${signature}`, {
    method: 'POST',
    headers: { 'X-MBX-APIKEY': key },
  });
  const taken = (await answer.json()) as { readonly spotBNBBurn?: boolean };
  if (taken.spotBNBBurn !== on) throw new Error(`the exchange did not take it: ${JSON.stringify(taken)}`);
}
