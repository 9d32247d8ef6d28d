import { SubscriptionBody } from './bodies.ts';
import { type Route, route } from './route.ts';
import { NewSubscriptionView, RemovedSubscriptionView, SubscriptionList } from './shapes.ts';
import { subscribe, subscriptions, unsubscribe } from './subscriptions.ts';
import { listed } from './views.ts';

export const SUBSCRIPTION_ROUTES: readonly Route[] = [
  route(
    'PUT',
    '/v1/subscriptions',
    {
      operation: 'subscribe',
      summary: 'Have events posted to a URL from now on',
      description:
        'Signed and tried again like any webhook. Asked again for the same URL it changes what is sent there, and answers the same id and secret. It ends when it is deleted, when the URL answers 410, or with the token that made it. Mail that is read in later or older than a day is not sent.',
      scope: 'subscribe',
      notForPage: true,
      body: SubscriptionBody,
      answer: NewSubscriptionView,
      problems: ['conflict'],
    },
    async ({ deps, caller, body }) => await subscribe(deps, body, caller),
  ),
  route(
    'GET',
    '/v1/subscriptions',
    {
      operation: 'listSubscriptions',
      summary: 'The webhooks made at run time, without their secrets',
      scope: 'subscribe',
      answer: SubscriptionList,
    },
    async ({ deps, caller }) => listed(await subscriptions(deps, caller)),
  ),
  route(
    'DELETE',
    '/v1/subscriptions/{id}',
    {
      operation: 'unsubscribe',
      summary: 'Remove a webhook made at run time',
      scope: 'subscribe',
      answer: RemovedSubscriptionView,
      problems: ['not-found'],
    },
    async ({ deps, caller, names }) => await unsubscribe(deps, names.id, caller),
  ),
];
