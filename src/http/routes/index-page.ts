import type { App } from '../context.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plimsoll</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1c2733; background: #fff }
code { background: #eef2f5; padding: .1rem .3rem; border-radius: 3px }
@media (prefers-color-scheme: dark) { body { color: #dbe4ec; background: #10161c } code { background: #1d2730 } a { color: #7db7ff } }
</style>
</head>
<body>
<h1>Plimsoll</h1>
<p>This service places and looks after live orders on crypto exchanges. It is running.</p>
<ul>
<li><a href="/docs">API reference</a>, from <a href="/openapi.json">openapi.json</a></li>
<li>The messages of the stream: <a href="/asyncapi.json">asyncapi.json</a></li>
<li><a href="/health/ready">Readiness</a>, and metrics at /metrics with a token</li>
</ul>
<p>Calls need the header <code>Authorization: Bearer &lt;token&gt;</code>. The first token is in the file
<code>admin-token</code> of the data directory.</p>
</body>
</html>
`;

/** `GET /` */
export function indexRoute(app: App): void {
  app.route({
    method: 'GET',
    url: '/',
    schema: { hide: true },
    handler: async (_request, reply) =>
      reply
        .header('Content-Type', 'text/html; charset=utf-8')
        .header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
        .serializer(String)
        .send(PAGE),
  });
}
