import { TokenBody } from './bodies.ts';
import { present } from './parse.ts';
import { type Route, route } from './route.ts';
import { NewTokenView, RevokedTokenView, TokenList, WhoView } from './shapes.ts';
import { dropSubscriptionsOf } from './subscriptions.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';
import { listed } from './views.ts';

export const TOKEN_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/whoami',
    { operation: 'whoAmI', summary: 'The token that asks, and what it may be used for', answer: WhoView },
    async ({ caller: { token, scopes } }) => ({ name: token?.name ?? null, scopes }),
  ),
  route(
    'GET',
    '/v1/tokens',
    {
      operation: 'listTokens',
      summary: 'The API tokens, without the tokens themselves',
      scope: 'admin',
      notForPage: true,
      answer: TokenList,
    },
    async ({ deps }) => listed(await listTokens(deps)),
  ),
  route(
    'POST',
    '/v1/tokens',
    {
      operation: 'createToken',
      summary: 'Create an API token',
      description: 'It can be given the scopes that the token which makes it has, and is revoked with it.',
      scope: 'admin',
      notForPage: true,
      status: 201,
      body: TokenBody,
      answer: NewTokenView,
      problems: ['conflict'],
    },
    async ({ deps, caller, body }) => await createToken(deps, present(body), caller),
  ),
  route(
    'DELETE',
    '/v1/tokens/{id}',
    {
      operation: 'revokeToken',
      summary: 'Revoke an API token, and those made with it',
      scope: 'admin',
      notForPage: true,
      answer: RevokedTokenView,
      problems: ['not-found'],
    },
    async ({ deps, names }) => {
      const revoked = await revokeToken(deps, names.id);
      await dropSubscriptionsOf(deps, revoked);
      return { id: names.id, revoked };
    },
  ),
];
