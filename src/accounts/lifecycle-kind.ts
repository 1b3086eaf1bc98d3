/**
 * What the services of a company are told once it has done what somebody asked of it by law: of their own account, and
 * with no detail (GDPR Art. 19, S9).
 */
const noticeKinds = ['data-corrected', 'data-erased', 'data-restricted'] as const
export type NoticeKind = (typeof noticeKinds)[number]

export const isNotice = (kind: string | undefined): kind is NoticeKind =>
  (noticeKinds as readonly (string | undefined)[]).includes(kind)

/**
 * What a company's services are told of an account beside its copy (O10): whether it goes on, and notices. It holds no
 * detail, so an unlink may be told after it was acknowledged (G5).
 */
export const lifecycleKinds = [
  'account-linked',
  'account-unlinked',
  'account-closing',
  'account-reopened',
  'account-closed',
  ...noticeKinds,
] as const
export type LifecycleKind = (typeof lifecycleKinds)[number]

export interface LifecycleEvent {
  kind: LifecycleKind
  /** Of the account from then on; with `seq` it is the order in which they are told. */
  epoch: number
  /** One below the copy that follows it, which is told as newer. */
  seq: number
  at: number
  /** Recipients that have answered to it; it is there as long as one of them has not. */
  heardBy?: string[]
}
