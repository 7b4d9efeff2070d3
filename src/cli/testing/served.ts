/** The service as a process of its own, as its user starts it. Entry points: `startServe`, `ready`, `call`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { servicePort } from './service-port.ts';

const START_WITHIN_MS = 60_000;

export interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Its standard output and standard error so far. */
  readonly output: () => string;
  /** Ends it as a service manager does. */
  readonly end: () => Promise<void>;
}

/** `variables` is its environment beside PATH, DATA_DIR and a port of its own, which it may set otherwise. */
export async function startServe(
  dataDir: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const port = variables['PORT'] ?? String(await servicePort());
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, PORT: port, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    ended,
    output: () => text,
    end: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Resolves when the service says that it is ready. */
export async function ready(served: Served): Promise<void> {
  await expect
    .poll(
      () =>
        fetch(`${served.url}/health/ready`).then(
          (response) => response.status,
          () => 0,
        ),
      { timeout: START_WITHIN_MS, interval: 100 },
    )
    .toBe(200);
}

/** A call of the API with a token. */
export async function call(
  served: Pick<Served, 'url'>,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
