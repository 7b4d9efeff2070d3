/**
 * A unix-socket proxy before PostgreSQL that cuts connections at chosen moments of a group commit.
 *
 * A group is one prepared statement named `append_…` that commits by itself: its message is what COMMIT would be.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Cut =
  /** Before anything of the commit reaches the server. */
  | 'before_commit'
  /** When the server has committed and answered; the answer is swallowed. */
  | 'after_commit'
  /** As soon as the commit is on its way: what the server makes of it is open. */
  | 'during_commit'
  /** The client is cut off, and the commit is held back until `deliverHeld`. */
  | 'hold_commit';

export interface CuttingProxy {
  /** Stands for the socket directory of `pg`'s `host`. */
  readonly host: string;
  cutNextCommit(cut: Cut): void;
  /** Sends what `hold_commit` held back, and resolves when the server has answered it. */
  deliverHeld(): Promise<void>;
  /** Cuts every connection, now; new ones are let in. */
  cutAll(): void;
  /** Cuts every connection and lets no new one in: to the server, the client is dead. */
  block(): void;
  close(): Promise<void>;
}

interface Link {
  readonly client: net.Socket;
  readonly server: net.Socket;
}

export async function startCuttingProxy(serverHost: string, port: number): Promise<CuttingProxy> {
  const host = await mkdtemp(join(tmpdir(), 'cut-'));
  const links = new Set<Link>();
  let armed: Cut | null = null;
  let blocked = false;
  let held: { readonly server: net.Socket; readonly chunk: Buffer } | null = null;
  const listener = net.createServer((client) => {
    if (blocked) {
      client.destroy();
      return;
    }
    const server = net.connect(join(serverHost, `.s.PGSQL.${port}`));
    const link = { client, server };
    links.add(link);
    let swallowing = false;
    const cut = (): void => {
      links.delete(link);
      client.destroy();
      server.destroy();
    };
    client.on('data', (chunk: Buffer) => {
      if (armed !== null && chunk.includes('append_')) {
        const how = armed;
        armed = null;
        if (how === 'before_commit') {
          cut();
          return;
        }
        if (how === 'hold_commit') {
          held = { server, chunk };
          links.delete(link);
          server.removeAllListeners('data');
          client.removeAllListeners('close');
          client.destroy();
          return;
        }
        if (how === 'during_commit') {
          server.end(chunk);
          client.destroy();
          links.delete(link);
          return;
        }
        swallowing = true;
      }
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      // ReadyForQuery comes last and only after the commit.
      const ready = chunk.length >= 6 && chunk[chunk.length - 6] === 0x5a;
      if (!swallowing) client.write(chunk);
      else if (ready) cut();
    });
    for (const socket of [client, server]) {
      socket.on('error', cut);
      socket.on('close', cut);
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(join(host, `.s.PGSQL.${port}`), resolve);
  });
  const cutAll = (): void => {
    for (const { client, server } of links) {
      client.destroy();
      server.destroy();
    }
    links.clear();
  };
  return {
    host,
    cutNextCommit: (cut) => {
      armed = cut;
    },
    deliverHeld: async () => {
      if (held === null) throw new Error('nothing is held');
      const { server, chunk } = held;
      await new Promise<void>((resolve) => {
        server.on('data', (answer: Buffer) => {
          if (answer.length >= 6 && answer[answer.length - 6] === 0x5a) resolve();
        });
        server.write(chunk);
      });
      server.destroy();
    },
    cutAll,
    block: () => {
      blocked = true;
      cutAll();
    },
    close: async () => {
      cutAll();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
      });
      await rm(host, { recursive: true, force: true });
    },
  };
}
