// An OpenID provider for the tests: node oidc-provider.mjs NODE_MODULES. It prints its issuer, and ends with its input.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { default: Provider } = await import(pathToFileURL(`${process.argv[2]}/oidc-provider/lib/index.js`));

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const client = {
    redirect_uris: ['http://127.0.0.1'],
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'public', token_endpoint_auth_method: 'none' },
      { ...client, client_id: 'confidential', client_secret: 's3cret +/=', token_endpoint_auth_method: 'client_secret_basic' },
    ],
    claims: { openid: ['sub', 'preferred_username'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
    rotateRefreshToken: true,
    cookies: { keys: ['for the tests'] },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});

process.stdin.on('end', () => process.exit()).resume();
