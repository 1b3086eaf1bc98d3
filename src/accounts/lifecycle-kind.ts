/**
 * What a company's services are told of an account beside its copy (O10): whether it goes on. It holds no detail, so an
 * unlink may be told after it was acknowledged (G5).
 */
export const lifecycleKinds = [
  'account-linked',
  'account-unlinked',
  'account-closing',
  'account-reopened',
  'account-closed',
] as const
export type LifecycleKind = (typeof lifecycleKinds)[number]

export interface LifecycleEvent {
  kind: LifecycleKind
  /** Of the account from then on: each has one of its own, and they are told in its order. */
  epoch: number
  /** One below the copy that follows it, which is told as newer. */
  seq: number
  at: number
}
