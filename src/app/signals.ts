import type { Account, AccountId, AccountLogEntry, PrincipalId } from '../accounts/index.ts'
import type { Metrics } from '../lib/metrics.ts'
import { createSignal } from '../lib/signal.ts'
import type { Oidc } from '../oidc/index.ts'
import type { Person, PersonId, PersonLogEntry, Span } from '../people/index.ts'

/** What a feature says has happened, or asks of those that stand above it; `events.ts` says who listens. */
export const createSignals = () => ({
  /** A document has records to be carried on, in the order in which they were made. */
  personRecorded: createSignal<[Person, PersonLogEntry[]], Promise<void>>('personRecorded'),
  accountRecorded: createSignal<[Account, AccountLogEntry[]], Promise<void>>('accountRecorded'),
  /** There is work to be done for somebody: a hint, the `due` marks are the truth. */
  enqueue: createSignal<[PrincipalId], Promise<void>>('enqueue'),
  enqueuePerson: createSignal<[PersonId], Promise<void>>('enqueuePerson'),
  enqueueAccount: createSignal<[AccountId], Promise<void>>('enqueueAccount'),
  /** What services were given under an account's earlier link, or under credentials of before, ends and is told. */
  endAccount: createSignal<Parameters<Oidc['endAccount']>, Promise<void>>('endAccount'),
  endOutdated: createSignal<[PrincipalId], Promise<void>>('endOutdated'),
  endClient: createSignal<Parameters<Oidc['endClient']>, Promise<void>>('endClient'),
  /** What a partner's application was allowed of an account is taken back with the change that it followed. */
  consentWithdrawn: createSignal<[PrincipalId, Account, client: string], Promise<void>>('consentWithdrawn'),
  /** A change was taken back: what was asked for and gathered at the account between the two is called off. */
  takenBack: createSignal<[PrincipalId, Account, Span], Promise<void>>('takenBack'),
  /** What is on the wire to an account's services is broken off. */
  abortSends: createSignal<[AccountId]>('abortSends'),
  /** Where a person stands with each company: a proof is bound to it. */
  linkVersionsOf: createSignal<[PersonId], Promise<string[]>>('linkVersionsOf'),
  /** They object to being counted. */
  objectedToAnalytics: createSignal<[PrincipalId], Promise<void>>('objectedToAnalytics'),
  /** What a company decided on an account is made on its person. */
  applyIntents: createSignal<[Pick<Account, '_id'>], Promise<unknown>>('applyIntents'),
  /** A service that failed takes again what it is told. */
  recipientWell: createSignal<[service: string]>('recipientWell'),
  /** For the metrics. */
  delivered: createSignal<Parameters<Metrics['delivered']>>('delivered'),
  mailed: createSignal<Parameters<Metrics['mailed']>>('mailed'),
  answered: createSignal<Parameters<Metrics['answered']>>('answered'),
  guessed: createSignal<Parameters<Metrics['guessed']>>('guessed'),
})

export type Signals = ReturnType<typeof createSignals>
