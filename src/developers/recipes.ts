/** How a library that many use is told what holds here. `ours` is of the client's entry in the configuration. */
export interface Recipe {
  id: string
  name: string
  ours?: string
  theirs: string
}

const forNode = (issuer: string): Recipe[] => [
  {
    id: 'openid-client',
    name: 'openid-client (Node)',
    theirs: `const config = await client.discovery(new URL('${issuer}'), CLIENT_ID,
  { id_token_signed_response_alg: 'ES256' }, client.ClientSecretBasic(CLIENT_SECRET))`,
  },
  {
    id: 'auth-js',
    name: 'Auth.js (Next.js)',
    theirs: `providers: [{ id: 'sign-in', name: 'Sign in', type: 'oidc', issuer: '${issuer}',
  clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, idToken: false }]`,
  },
  {
    id: 'better-auth',
    name: 'Better Auth',
    theirs: `genericOAuth({ config: [{ providerId: 'sign-in', discoveryUrl: '${issuer}/.well-known/openid-configuration',
  clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scopes: ['openid', 'profile', 'email'], overrideUserInfo: true,
  mapProfileToUser: ({ sub, email }) => ({ email: email ?? \`\${sub}@your-service.invalid\` }) }] })`,
  },
  {
    id: 'express-openid-connect',
    name: 'express-openid-connect',
    theirs: `auth({ issuerBaseURL: '${issuer}', baseURL: YOUR_ADDRESS, clientID: CLIENT_ID, clientSecret: CLIENT_SECRET,
  secret: COOKIE_SECRET, idTokenSigningAlg: 'ES256',
  authorizationParams: { response_type: 'code', scope: 'openid profile' } })

const person = await req.oidc.fetchUserInfo()`,
  },
  {
    id: 'passport',
    name: 'Passport',
    theirs: `import { Strategy } from 'openid-client/passport'
new Strategy({ config, callbackURL, scope: 'openid profile' }, (tokens, done) =>   // config as for openid-client, above
  client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub).then((person) => done(null, person), done))`,
  },
]

const forPython = (issuer: string): Recipe[] => [
  {
    id: 'social-auth',
    name: 'social-auth-core (Django, Flask)',
    ours: 'idTokenAlgorithm: RS256',
    theirs: `SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = '${issuer}'
SOCIAL_AUTH_OIDC_KEY, SOCIAL_AUTH_OIDC_SECRET = …, …
SOCIAL_AUTH_OIDC_USE_PKCE = True`,
  },
  {
    id: 'mozilla-django-oidc',
    name: 'mozilla-django-oidc (Django)',
    theirs: `OIDC_OP_AUTHORIZATION_ENDPOINT, OIDC_OP_TOKEN_ENDPOINT = '${issuer}/auth', '${issuer}/token'
OIDC_OP_USER_ENDPOINT, OIDC_OP_JWKS_ENDPOINT = '${issuer}/me', '${issuer}/jwks'
OIDC_RP_SIGN_ALGO, OIDC_USE_PKCE, OIDC_RP_SCOPES = 'ES256', True, 'openid profile email'

class SignIn(OIDCAuthenticationBackend):
    def verify_claims(self, claims):
        return 'sub' in claims
    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims['sub'])
    def create_user(self, claims):
        return self.update_user(self.UserModel.objects.create_user(claims['sub']), claims)
    def update_user(self, user, claims):
        user.email = claims.get('email', '')
        user.save()
        return user`,
  },
  {
    id: 'idpyoidc',
    name: 'idpyoidc (Python)',
    ours: 'idTokenAlgorithm: RS256',
    theirs: `'issuer': '${issuer}',
'add_ons': {'pkce': {'function': 'idpyoidc.client.oauth2.add_on.pkce.add_support',
                     'kwargs': {'code_challenge_length': 64, 'code_challenge_method': 'S256'}}}`,
  },
  {
    id: 'authlib',
    name: 'Authlib (private_key_jwt)',
    ours: 'jwksUri: https://your-service.example/jwks   # instead of secret',
    theirs: `session = OAuth2Session(client_id, key, token_endpoint_auth_method='private_key_jwt',
                        code_challenge_method='S256')
session.register_client_auth_method(PrivateKeyJWT('${issuer}', alg='ES256'))   # aud: the issuer, not the endpoint`,
  },
  {
    id: 'requests-oauthlib',
    name: 'requests-oauthlib (Python)',
    theirs: `os.environ['OAUTHLIB_RELAX_TOKEN_SCOPE'] = '1'
service = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['openid', 'profile'], pkce='S256')
address, state = service.authorization_url('${issuer}/auth')
service.fetch_token('${issuer}/token', code=CODE, client_secret=CLIENT_SECRET)
person = service.get('${issuer}/me').json()`,
  },
]

const forOthers = (issuer: string): Recipe[] => [
  {
    id: 'spring',
    name: 'Spring Security',
    ours: 'idTokenAlgorithm: RS256',
    theirs: `spring.security.oauth2.client:
  provider.sign-in.issuer-uri: ${issuer}
  registration.sign-in: { client-id: …, client-secret: …, scope: 'openid,profile' }

// PKCE of a client with a secret
var resolver = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/oauth2/authorization");
resolver.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
http.oauth2Login(login -> login.authorizationEndpoint(end -> end.authorizationRequestResolver(resolver)));`,
  },
  {
    id: 'jumbojett',
    name: 'jumbojett/OpenID-Connect-PHP',
    ours: 'idTokenAlgorithm: RS256',
    theirs: `$oidc = new OpenIDConnectClient('${issuer}', $id, $secret);
$oidc->setCodeChallengeMethod('S256');
$oidc->addScope(['openid', 'profile']);
$oidc->authenticate();`,
  },
  {
    id: 'keycloak',
    name: 'Keycloak (identity provider)',
    ours: `jwksUri: https://keycloak.example/realms/REALM/protocol/openid-connect/certs   # or secret
backchannelLogoutUri: https://keycloak.example/realms/REALM/protocol/openid-connect/logout/backchannel-logout`,
    theirs: `Discovery endpoint: ${issuer}/.well-known/openid-configuration
Client authentication: JWT signed with private key
Client assertion audience: ${issuer}
Use PKCE: On, S256`,
  },
]

/**
 * What each needs said besides is `developers.recipes.<id>`. Run against this product as they stand, last on 2026-11-30:
 * OpenID-Connect-PHP 1.0.2; Spring Boot 3.5.7, its sign-out told back-channel included; Keycloak 26.5.6;
 * requests-oauthlib 2.0.0 with oauthlib 4.0.1; @auth/core 0.41.3; better-auth 1.7.25; express-openid-connect 3.4.0;
 * passport 0.7.0 with openid-client 6.9.0; and mozilla-django-oidc 5.0.2.
 */
export const recipesFor = (issuer: string): Recipe[] => [...forNode(issuer), ...forPython(issuer), ...forOthers(issuer)]
