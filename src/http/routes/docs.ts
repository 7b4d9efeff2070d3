import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { App } from '../context.ts';
import { streamDocument } from '../contract/stream-document.ts';
import { Problem } from '../problem.ts';
import { STREAM_PATH } from './stream.ts';

/** Nothing of the page may come from elsewhere or go elsewhere: its script is served by us, its fonts are the system's. */
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
].join('; ');

/**
 * `GET /openapi.json`, `GET /asyncapi.json` and `GET /docs`. The page's script is several megabytes of text: it is loaded when somebody first
 * looks at it, by a server of its own that is never bound to a port.
 */
export function docsRoute(app: App): void {
  let pages: Promise<FastifyInstance> | null = null;
  app.addHook('onClose', async () => {
    if (pages !== null) await (await pages).close();
  });
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: {
      summary: 'Show this document',
      tags: ['health'],
      response: { 200: z.record(z.string(), z.unknown()).meta({ description: 'An OpenAPI 3.1 document.' }) },
    },
    handler: async (_request, reply) =>
      reply
        .header('Content-Type', 'application/json; charset=utf-8')
        .header('Access-Control-Allow-Origin', '*')
        .send({ ...app.swagger() }),
  });
  app.route({
    method: 'GET',
    url: '/asyncapi.json',
    schema: {
      summary: 'Show the messages of the stream',
      tags: ['health'],
      response: { 200: z.record(z.string(), z.unknown()).meta({ description: 'An AsyncAPI 3.0 document.' }) },
    },
    handler: async (request, reply) => {
      const { url: address = STREAM_PATH } = app.served.find(({ url }) => url.endsWith(STREAM_PATH)) ?? {};
      return reply
        .header('Content-Type', 'application/json; charset=utf-8')
        .header('Access-Control-Allow-Origin', '*')
        .send({ ...streamDocument(address, request.host, request.protocol === 'https') });
    },
  });
  for (const url of ['/docs', '/docs/*']) {
    app.route({
      method: 'GET',
      url,
      schema: { hide: true },
      handler: async (request, reply) => {
        pages ??= openPages();
        const server = await pages;
        const answer = await server.inject({ method: 'GET', url: request.url });
        if (answer.statusCode >= 400)
          throw new Problem('route_not_found', `There is no ${request.url.split('?', 1)[0] ?? ''}.`);
        const { 'content-type': type, location, 'cache-control': cache } = answer.headers;
        if (typeof type === 'string') void reply.header('Content-Type', type);
        if (typeof location === 'string') void reply.header('Location', location);
        if (typeof cache === 'string') void reply.header('Cache-Control', cache);
        return reply
          .code(answer.statusCode)
          .header('Content-Security-Policy', PAGE_POLICY)
          .send(answer.rawPayload);
      },
    });
  }
}

async function openPages(): Promise<FastifyInstance> {
  const { default: apiReference } = await import('@scalar/fastify-api-reference');
  const server = Fastify();
  await server.register(apiReference, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      title: 'Plimsoll API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      persistAuth: false,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
  await server.ready();
  return server;
}
