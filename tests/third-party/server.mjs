// A certified OpenID provider, set up like a tenant of Entra ID: prints its port once it listens.
// Started by run.sh with the folder of its TLS certificate and the app's public key (JWK) as arguments.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const [tls, jwk] = process.argv.slice(2);
const tokenPath = '/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token';
const scope = 'https://graph.example/.default';

const server = createServer({ cert: readFileSync(`${tls}/server.crt`), key: readFileSync(`${tls}/server.key`) });
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address();

const app = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
// The provider takes assertions for its issuer alone, Entra ID for its token endpoint: the two are made one here.
const provider = new Provider(`https://127.0.0.1:${port}${tokenPath}`, {
  clients: [
    {
      ...app,
      client_id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      jwks: { keys: [JSON.parse(readFileSync(jwk, 'utf8'))] },
    },
    {
      ...app,
      client_id: 'bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee',
      token_endpoint_auth_method: 'client_secret_post',
      client_secret: 'a secret that is long enough for the provider',
    },
  ],
  enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'RS256'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'https://graph.example',
      getResourceServerInfo: () => ({ scope, accessTokenFormat: 'jwt', accessTokenTTL: 3600 }),
    },
  },
  routes: { token: tokenPath },
});
provider.on('grant.error', (_, error) => console.error(error.error, error.error_description, error.error_detail ?? ''));
server.on('request', provider.callback());
console.log(port);
