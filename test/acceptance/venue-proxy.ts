/**
 * Stands between a service and a simulator: forwards the control API, and can hold back a request to the venue when it
 * is already on its way, which no fault of the simulator can do without the simulator knowing of it.
 *
 * Entry point: `startVenueProxy`. Its `controlUrl` is what a service gets as PLIMSOLL_SIMULATOR_URL.
 */
import { createServer as createHttpServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { z } from 'zod';

export interface HeldRequest {
  /** Resolves when a request is being held. */
  readonly held: Promise<void>;
  /** Lets it go on to the venue, and resolves when the venue has begun to answer it. */
  release(): Promise<void>;
}

export interface VenueProxy {
  readonly controlUrl: string;
  /** Holds the next request whose bytes contain `text`. */
  holdNext(text: string): HeldRequest;
  close(): Promise<void>;
}

interface Hold {
  readonly text: string;
  readonly onHeld: () => void;
  drop: (() => Promise<void>) | null;
}

const health = z.looseObject({
  venues: z.record(z.string(), z.looseObject({ rest: z.string(), ws: z.string() })),
});

/** `venue` is the one that goes through the proxy; the others are reached directly. */
export async function startVenueProxy(simulatorUrl: string, venue = 'binance'): Promise<VenueProxy> {
  const truth = health.parse(await (await fetch(`${simulatorUrl}/control/health`)).json());
  const target = truth.venues[venue];
  if (target === undefined) throw new Error(`the simulator serves no ${venue}`);
  const targetPort = Number(new URL(target.rest).port);
  let hold: Hold | null = null;
  const sockets = new Set<net.Socket>();

  const wire = net.createServer((client) => {
    const server = net.connect(targetPort, '127.0.0.1');
    let kept: Buffer[] | null = null;
    const cut = (): void => {
      sockets.delete(client);
      sockets.delete(server);
      client.destroy();
      // A held request is still delivered when its sender is gone: on the wire it would be on its way.
      if (kept === null) server.destroy();
    };
    for (const socket of [client, server]) sockets.add(socket.on('error', cut).on('close', cut));
    client.on('data', (chunk: Buffer) => {
      if (kept !== null) {
        kept.push(chunk);
        return;
      }
      if (hold === null || !chunk.includes(hold.text)) {
        server.write(chunk);
        return;
      }
      const mine = hold;
      hold = null;
      kept = [chunk];
      mine.drop = async () => {
        const answered = new Promise<void>((resolve) => {
          server.once('data', () => resolve()).once('close', () => resolve());
        });
        for (const part of kept ?? []) server.write(part);
        kept = null;
        await answered;
        if (client.destroyed) server.destroy();
      };
      mine.onHeld();
    });
    server.on('data', (chunk: Buffer) => {
      if (!client.destroyed) client.write(chunk);
    });
  });
  await listen(wire);
  const address = `127.0.0.1:${(wire.address() as AddressInfo).port}`;

  const control = createHttpServer((request, response) => {
    const forward = async (): Promise<void> => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const answer = await fetch(`${simulatorUrl}${request.url ?? '/'}`, {
        method: request.method ?? 'GET',
        ...(parts.length === 0
          ? {}
          : { body: Buffer.concat(parts), headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.text();
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      if (request.url !== '/control/health' || !answer.ok) {
        response.end(text);
        return;
      }
      const reported = health.parse(JSON.parse(text));
      const mine = { ...reported.venues[venue], rest: `http://${address}`, ws: `ws://${address}` };
      response.end(JSON.stringify({ ...reported, venues: { ...reported.venues, [venue]: mine } }));
    };
    forward().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await listen(control);

  return {
    controlUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    holdNext: (text) => {
      const held = Promise.withResolvers<void>();
      const mine: Hold = { text, onHeld: held.resolve, drop: null };
      hold = mine;
      return {
        held: held.promise,
        release: async () => {
          if (mine.drop === null) throw new Error(`no request with ${text} is held`);
          await mine.drop();
        },
      };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      control.closeAllConnections();
      await Promise.all([wire, control].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listen(server: net.Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
}
