// A certified OpenID provider, set up like a tenant of Entra ID: prints its port once it listens.
// Started by run.sh with the folder of its TLS certificate and the app's public key (JWK) as arguments.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const [tls, jwk] = process.argv.slice(2);
const tenantPath = '/11111111-2222-3333-4444-555555555555/oauth2/v2.0';
const tokenPath = `${tenantPath}/token`;
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
    {
      client_id: 'cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'RS256'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'https://graph.example',
      getResourceServerInfo: () => ({ scope, accessTokenFormat: 'jwt', accessTokenTTL: 3600 }),
    },
  },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  // As Entra ID does; the provider's own rule wants the scope openid beside offline_access.
  issueRefreshToken: (_, __, code) => code.scopes.has('offline_access'),
  routes: { token: tokenPath, device_authorization: `${tenantPath}/devicecode` },
});
// The person: types in the code a while after it was shown.
provider.on('device_authorization.success', (_, { user_code }) => setTimeout(() => signIn(user_code), 6_000));
async function signIn(userCode) {
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
  const grant = new provider.Grant({ accountId: 'anna', clientId: code.clientId });
  grant.addOIDCScope('offline_access');
  grant.addResourceScope('https://graph.example', scope);
  const resource = 'https://graph.example';
  Object.assign(code, { accountId: 'anna', authTime: 1, claims: {}, grantId: await grant.save(), resource, scope: `${scope} offline_access` });
  await code.save();
}
provider.on('grant.error', (_, error) => console.error(error.error, error.error_description, error.error_detail ?? ''));
server.on('request', provider.callback());
console.log(port);
